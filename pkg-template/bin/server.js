/** The emulator's HTTP door. */

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createEmulator } from '../emulator-node.js';
import { isForThisServer, keyOf } from './access.js';

/** What the door keeps and takes at most, unless told otherwise: sessions, bytes of all sessions, bytes of a body. */
export const LIMITS = { sessions: 1000, bytes: 64 * 1024 * 1024, body: 1024 * 1024 };

/** How much more than the largest body is read of one that is too large, so that its sender sees the answer. */
const PATIENCE = 64 * 1024 * 1024;

const MOST_CONNECTIONS = 1000;

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
 * @param {object} [options] `port` (default 8787; 0 picks a free one), `host` (default 127.0.0.1), `cors` (whether pages of
 *   other origins may call it; default false), `maxBody` (bytes; default 1 MiB), `onRequest` (called with a line for each
 *   request), and the options of `createEmulator`, of which `apiKey` is a random one and `limits` those above unless given
 * @returns {Promise<{baseUrl: string, apiKey: string, port: number, emulator: object, close: () => Promise<void>}>} when it
 *   listens
 */
export async function serve({ port = 8787, host = '127.0.0.1', cors = false, maxBody = LIMITS.body, onRequest, ...options } = {}) {
  const apiKey = options.apiKey ?? randomBytes(16).toString('hex');
  const { sessions = LIMITS.sessions, bytes = LIMITS.bytes } = options.limits ?? {};
  const emulator = createEmulator({ ...options, apiKey, limits: { sessions, bytes } });
  const door = { emulator, apiKey, host, maxBody, extra: cors ? CORS : {} };
  const server = createServer((request, response) => {
    answer(door, request, response).then(
      (status) => status && onRequest?.(`${status} ${request.method} ${shown(request.url)}`),
      (error) => {
        // Either the client has gone before its request was whole, and there is nobody to answer; or a fault ends the
        // connection, which is all that a server can do of it; or what was sent is nothing that a fetch could send
        // either (such as the method TRACE).
        if (request.complete && !response.headersSent && !isLost(error)) {
          refuse(response, 400, `This is no request that the emulator can read: ${error.message}`, door.extra);
        } else response.destroy();
      },
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
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

/** Answers one request; gives the status, or nothing if it was only a preflight. */
async function answer({ emulator, apiKey, host, maxBody, extra }, request, response) {
  if (!isForThisServer(request, host)) {
    const named = JSON.stringify(request.headers.host ?? '');
    return refuse(response, 403, `The emulator is no ${named}: it answers to localhost and to the address that it listens on (--host). Nothing was done.`);
  }
  if (request.method === 'OPTIONS' && extra === CORS) {
    response.writeHead(204, CORS).end();
    return undefined;
  }
  // Whoever has no key makes the emulator keep nothing.
  const body = await readBody(request, keyOf(request) === apiKey ? maxBody : 0);
  if (body.length > maxBody) {
    return refuse(response, 413, `The body has more than ${maxBody} bytes, the most that this emulator takes (--max-body). Nothing was done.`, extra);
  }
  const headers = new Headers();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    headers.append(request.rawHeaders[at], request.rawHeaders[at + 1]);
  }
  const bodyless = request.method === 'GET' || request.method === 'HEAD';
  // An answer that hangs or is late is waited for no longer than the client does.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let answered;
  try {
    answered = await emulator.fetch(new URL(request.url, 'http://emulator'), {
      method: request.method,
      headers,
      body: bodyless || body.kept.length === 0 ? undefined : body.kept,
      redirect: 'manual',
      signal: gone.signal,
    });
  } finally {
    // Nobody can see the log here; its addresses would only take memory.
    emulator.requests.length = 0;
  }
  const { content, isCut } = await readContent(answered);
  // Of a body that is cut more is promised than comes.
  const promised = isCut ? content.length * 2 + 1 : content.length;
  response.writeHead(answered.status, { ...Object.fromEntries(answered.headers), ...extra, 'content-length': promised });
  if (isCut) response.write(content, () => response.destroy());
  else response.end(request.method === 'HEAD' ? undefined : content);
  return answered.status;
}

/** Refuses in the form of the service's errors; returns the status. */
function refuse(response, code, message, headers = {}) {
  const status = code === 403 ? 'PERMISSION_DENIED' : 'INVALID_ARGUMENT';
  const text = `${JSON.stringify({ error: { code, message, status } }, null, 2)}\n`;
  // What is still being sent would keep its sender from seeing the answer.
  response.req.resume();
  response.writeHead(code, { 'content-type': 'application/json; charset=UTF-8', connection: 'close', ...headers }).end(text);
  return code;
}

/** The body of a request, of which no more than `most` bytes are kept, and how long it is. */
async function readBody(request, most) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    // Read on all the same: a client that is still sending would not see an answer.
    if (length > most + PATIENCE) request.destroy();
    else if (length <= most) chunks.push(chunk);
    else chunks.length = 0;
  }
  return { length, kept: Buffer.concat(chunks) };
}

/** What the emulator has answered, or what came of it. */
async function readContent(answered) {
  const chunks = [];
  try {
    for await (const chunk of answered.body ?? []) chunks.push(chunk);
  } catch (error) {
    if (!isLost(error)) throw error;
    return { content: Buffer.concat(chunks), isCut: true };
  }
  return { content: Buffer.concat(chunks), isCut: false };
}

/** Whether an error is a connection's end, made by a fault. */
const isLost = (error) => ['ECONNRESET', 'ECONNREFUSED'].includes(error?.cause?.code);

/** A target for the log, without a key in its query. */
function shown(target) {
  return target.replace(/([?&](?:key|%6bey)=)[^&]*/gi, '$1…');
}
