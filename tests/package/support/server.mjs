/**
 * An HTTP server that records requests. The test supplies the responses.
 */
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';

/** @typedef {{ method: string, url: string, path: string, query: URLSearchParams, headers: object, body: string }} Asked */

/** A running server. Emits `request` for each complete request, and `gone` when a client disconnects before the response. */
export class Server extends EventEmitter {
  /** @type {Asked[]} */
  requests = [];
  inFlight = 0;
  /** The largest number of requests in flight. */
  peak = 0;

  #server;
  #answer;

  /** @param {(asked: Asked, response: import('node:http').ServerResponse) => unknown} answer */
  constructor(answer) {
    super();
    this.#answer = answer;
  }

  async listen() {
    this.#server = createServer((request, response) => void this.#take(request, response));
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
    this.baseUrl = `${this.origin}/v1alpha`;
    return this;
  }

  async #take(request, response) {
    this.inFlight++;
    this.peak = Math.max(this.peak, this.inFlight);
    response.on('close', () => {
      this.inFlight--;
      if (!response.writableFinished) this.emit('gone', request.url);
    });
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const url = new URL(request.url, this.origin);
    const { method, headers } = request;
    const body = Buffer.concat(chunks).toString();
    const asked = { method, url: request.url, path: url.pathname, query: url.searchParams, headers, body };
    this.requests.push(asked);
    this.emit('request', asked);
    await this.#answer(asked, response);
  }

  /** The requests as `METHOD /path`, without the base path. */
  get log() {
    return this.requests.map(({ method, path }) => `${method} ${path.replace('/v1alpha', '')}`);
  }

  get posts() {
    return this.requests.filter(({ method }) => method === 'POST');
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Starts a server, and closes it at the end of the test. */
export async function serve(t, answer) {
  const server = await new Server(answer).listen();
  t.after(() => server.close());
  return server;
}

/** Answers with JSON. */
export function sendJson(response, value, status = 200, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers }).end(JSON.stringify(value));
}

/** A promise and its resolve and reject. */
export function deferred() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
