/** The emulator's HTTP door. */

import { createServer } from 'node:http';
import { createEmulator } from '../emulator-node.js';

const LARGEST_BODY = 32 * 1024 * 1024;

/**
 * Which CORS headers the service sends is unknown; these let any page in, so that a browser can be tried against the
 * emulator. Do not take them for a promise of the service.
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
 * @param {object} [options] `port` (default 8787; 0 picks a free one), `host` (default 127.0.0.1), `onRequest` (called
 *   with a line for each request), and the options of `createEmulator`
 * @returns {Promise<{baseUrl: string, port: number, emulator: object, close: () => Promise<void>}>} when it listens
 */
export async function serve({ port = 8787, host = '127.0.0.1', onRequest, ...options } = {}) {
  const emulator = createEmulator(options);
  const server = createServer((request, response) => {
    answer(emulator, request, response).then(
      (status) => status && onRequest?.(`${status} ${request.method} ${shown(request.url)}`),
      (error) => {
        // Either the client has gone before its request was whole, and there is nobody to tell; or a fault ends the
        // connection, which is all that a server can do of it; or what was sent is nothing that a fetch could send
        // either (such as the method TRACE).
        if (request.complete && !response.headersSent && !isLost(error)) response.writeHead(400, CORS).end();
        else response.destroy();
      },
    );
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    baseUrl: `http://${name}:${address.port}/v1alpha`,
    port: address.port,
    emulator,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers one request; gives the status, or nothing if it was only a preflight. */
async function answer(emulator, request, response) {
  if (request.method === 'OPTIONS') {
    response.writeHead(204, CORS).end();
    return undefined;
  }
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    // Read to the end all the same: a client that is still sending would not see an answer.
    if (length <= LARGEST_BODY) chunks.push(chunk);
  }
  if (length > LARGEST_BODY) {
    response.writeHead(413, CORS).end();
    return 413;
  }
  const headers = new Headers();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    headers.append(request.rawHeaders[at], request.rawHeaders[at + 1]);
  }
  const bodyless = request.method === 'GET' || request.method === 'HEAD';
  // An answer that hangs or is late is waited for no longer than the client does.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const answered = await emulator.fetch(new URL(request.url, 'http://emulator'), {
    method: request.method,
    headers,
    body: bodyless || length === 0 ? undefined : Buffer.concat(chunks),
    redirect: 'manual',
    signal: gone.signal,
  });
  const { body, isCut } = await readBody(answered);
  // Of a body that is cut more is promised than comes.
  const promised = isCut ? body.length * 2 + 1 : body.length;
  response.writeHead(answered.status, { ...Object.fromEntries(answered.headers), ...CORS, 'content-length': promised });
  if (isCut) response.write(body, () => response.destroy());
  else response.end(request.method === 'HEAD' ? undefined : body);
  return answered.status;
}

/** The body, or what came of it. */
async function readBody(answered) {
  const chunks = [];
  try {
    for await (const chunk of answered.body ?? []) chunks.push(chunk);
  } catch (error) {
    if (!isLost(error)) throw error;
    return { body: Buffer.concat(chunks), isCut: true };
  }
  return { body: Buffer.concat(chunks), isCut: false };
}

/** Whether an error is a connection's end, made by a fault. */
const isLost = (error) => ['ECONNRESET', 'ECONNREFUSED'].includes(error?.cause?.code);

/** A target for the log, without a key in its query. */
function shown(target) {
  return target.replace(/([?&](?:key|%6bey)=)[^&]*/gi, '$1…');
}
