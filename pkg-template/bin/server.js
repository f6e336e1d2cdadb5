/** The emulator as an HTTP server. */

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createEmulator } from 'jules-wasm/emulator';
import { namesThisServer, keyOf } from './access.js';

/** The default limits: number of sessions, bytes of all sessions, bytes of a request body. */
export const LIMITS = { sessions: 1000, bytes: 64 * 1024 * 1024, body: 1024 * 1024 };

/** How many bytes of a body beyond the limit are read and discarded, so that its sender sees the response. */
const MAX_DISCARDED = 64 * 1024 * 1024;

const MAX_CONNECTIONS = 1000;

/**
 * CORS headers that allow any page to call the emulator. Which ones the service sends is unknown, so a page that works with
 * these may not work with the service.
 */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
  'access-control-allow-headers': '*',
  'access-control-expose-headers': '*',
  'access-control-max-age': '600',
};

/**
 * Serves an emulator over HTTP.
 *
 * @param {object} [options] `port` (default 8787; 0 selects a free one), `host` (default 127.0.0.1), `cors` (whether it
 *   sends CORS headers; default false), `maxBody` (bytes; default 1 MiB), `onRequest` (called with a log line for each
 *   request), and the options of `createEmulator`, with a random `apiKey` and the `limits` above as defaults
 * @returns {Promise<{baseUrl: string, apiKey: string, port: number, emulator: object, close: () => Promise<void>}>}
 *   resolves when it listens
 */
export async function serve({ port = 8787, host = '127.0.0.1', cors = false, maxBody = LIMITS.body, onRequest, ...options } = {}) {
  const apiKey = options.apiKey ?? randomBytes(16).toString('hex');
  const { sessions = LIMITS.sessions, bytes = LIMITS.bytes } = options.limits ?? {};
  const emulator = await createEmulator({ ...options, apiKey, limits: { sessions, bytes } });
  const settings = { emulator, apiKey, host, maxBody, extraHeaders: cors ? CORS : {} };
  const server = createServer((request, response) => {
    respond(settings, request, response).then(
      (status) => status && onRequest?.(`${status} ${request.method} ${withoutKey(request.url)}`),
      (error) => {
        // Three cases: the client disconnected before its request was complete, a fault closes the connection, or the
        // request is one that `Request` rejects, such as TRACE. Only the last one gets a response.
        if (request.complete && !response.headersSent && !isLost(error)) {
          respondWithError(response, 400, `The emulator cannot parse this request: ${error.message} Nothing was done.`, settings.extraHeaders);
        } else response.destroy();
      },
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    baseUrl: `http://${name}:${address.port}/v1alpha`,
    apiKey,
    port: address.port,
    emulator,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Responds to one request. Returns the status for the log, or `undefined` for a CORS preflight. */
async function respond({ emulator, apiKey, host, maxBody, extraHeaders }, request, response) {
  if (!namesThisServer(request, host)) {
    const named = JSON.stringify(request.headers.host ?? '');
    return respondWithError(response, 403, `The Host header ${named} does not name this emulator. Use localhost or the address that it listens on (--host). Nothing was done.`);
  }
  if (request.method === 'OPTIONS' && extraHeaders === CORS) {
    response.writeHead(204, CORS).end();
    return undefined;
  }
  // Without the right key no body is buffered: the request fails anyway.
  const body = await readBody(request, keyOf(request) === apiKey ? maxBody : 0);
  if (body.length > maxBody) {
    return respondWithError(response, 413, `The body has more than ${maxBody} bytes, the limit of this emulator (--max-body). Nothing was done.`, extraHeaders);
  }
  const headers = new Headers();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    headers.append(request.rawHeaders[at], request.rawHeaders[at + 1]);
  }
  const bodyless = request.method === 'GET' || request.method === 'HEAD';
  // A delayed response ends when the client disconnects.
  const disconnected = new AbortController();
  response.once('close', () => disconnected.abort());
  let emulated;
  try {
    emulated = await emulator.fetch(new URL(request.url, 'http://emulator'), {
      method: request.method,
      headers,
      body: bodyless || body.bytes.length === 0 ? undefined : body.bytes,
      redirect: 'manual',
      signal: disconnected.signal,
    });
  } finally {
    // Nothing reads the emulator's log here. Emptied so that it takes no memory.
    emulator.requests.length = 0;
  }
  const { content, isCut } = await readContent(emulated);
  // A cut body has a longer content-length than its content.
  const contentLength = isCut ? content.length * 2 + 1 : content.length;
  response.writeHead(emulated.status, { ...Object.fromEntries(emulated.headers), ...extraHeaders, 'content-length': contentLength });
  if (isCut) response.write(content, () => response.destroy());
  else response.end(request.method === 'HEAD' ? undefined : content);
  return emulated.status;
}

/** Responds with an error in the service's format; returns the status. */
function respondWithError(response, code, message, headers = {}) {
  const status = code === 403 ? 'PERMISSION_DENIED' : 'INVALID_ARGUMENT';
  const text = `${JSON.stringify({ error: { code, message, status } }, null, 2)}\n`;
  // The rest of the request is discarded, so that its sender sees the response.
  response.req.resume();
  response.writeHead(code, { 'content-type': 'application/json; charset=UTF-8', connection: 'close', ...headers }).end(text);
  return code;
}

/** Reads the body of a request: its length, and its bytes if these are at most `max`. */
async function readBody(request, max) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    // Reading continues beyond the limit: a client that is still sending would not see the response.
    if (length > max + MAX_DISCARDED) request.destroy();
    else if (length <= max) chunks.push(chunk);
    else chunks.length = 0;
  }
  return { length, bytes: Buffer.concat(chunks) };
}

/** Reads the body of the emulator's response, which a fault may cut. */
async function readContent(emulated) {
  const chunks = [];
  try {
    for await (const chunk of emulated.body ?? []) chunks.push(chunk);
  } catch (error) {
    if (!isLost(error)) throw error;
    return { content: Buffer.concat(chunks), isCut: true };
  }
  return { content: Buffer.concat(chunks), isCut: false };
}

/** Whether a fault of the emulator caused the error by a failure of the connection. */
const isLost = (error) => ['ECONNRESET', 'ECONNREFUSED'].includes(error?.cause?.code);

/** Removes the API key from the URL of a log line. */
function withoutKey(target) {
  return target.replace(/([?&](?:key|%6bey)=)[^&]*/gi, '$1…');
}
