/** Who may speak to the emulator over HTTP. */

/** A host as a URL writes it: without a port, in lower case, addresses in their usual form. None if it is no host. */
function hostname(host) {
  if (!host || /[\s/?#@\\]/.test(host)) return undefined;
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return undefined;
  }
}

/** An address as a URL writes it. */
function ofAddress(address = '') {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return hostname(plain.includes(':') ? `[${plain}]` : plain);
}

const isLoopback = (name) => name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d+){3}$/.test(name);

/**
 * Whether a request names this server in its `Host`. A page whose own name was pointed at this machine (DNS rebinding)
 * is of one origin with the server, so neither CORS nor the key in a page's reach would keep it out; but its requests
 * name the page's host.
 *
 * @param {import('node:http').IncomingMessage} request
 * @param {string} listensOn the host that the server was told to listen on
 */
export function isForThisServer({ headers, socket }, listensOn) {
  const name = hostname(headers.host);
  if (name === undefined) return false;
  return isLoopback(name) || name === ofAddress(listensOn) || name === ofAddress(socket.localAddress);
}

/** The key of a request: in its header, or in the query as every Google API takes it. */
export function keyOf({ headers, url }) {
  return headers['x-goog-api-key']?.trim() || new URL(url, 'http://emulator').searchParams.getAll('key').at(-1);
}
