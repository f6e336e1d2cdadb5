/** Which HTTP requests the server accepts. */

/** Normalizes a host like a URL does: without port, in lower case, IP addresses in canonical form. `undefined` if it is invalid. */
function hostname(host) {
  if (!host || /[\s/?#@\\]/.test(host)) return undefined;
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return undefined;
  }
}

/** Normalizes the address of a socket. */
function hostnameOf(address = '') {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return hostname(plain.includes(':') ? `[${plain}]` : plain);
}

const isLoopback = (name) => name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d+){3}$/.test(name);

/**
 * Whether the `Host` header of a request names this server. With DNS rebinding a web page lets its own host name resolve to
 * this machine. Its requests are then same-origin, so CORS does not stop them, but their `Host` is the name of the page.
 *
 * @param {import('node:http').IncomingMessage} request
 * @param {string} listenHost the host that the server listens on
 */
export function namesThisServer({ headers, socket }, listenHost) {
  const name = hostname(headers.host);
  if (name === undefined) return false;
  return isLoopback(name) || name === hostnameOf(listenHost) || name === hostnameOf(socket.localAddress);
}

/** The API key of a request: from its header, or from the query, which every Google API accepts. */
export function keyOf({ headers, url }) {
  return headers['x-goog-api-key']?.trim() || new URL(url, 'http://emulator').searchParams.getAll('key').at(-1);
}
