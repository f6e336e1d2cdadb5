// Async iterables over activities and list entries.
import { ASYNC_DISPOSE } from './batch.js';
import { left, now } from './clock.js';
import { invalid, JulesInternalError } from './errors.js';
import { formatOf, optionsOf } from './given.js';
import { INSPECT, printed } from './printing.js';
import { withResponse } from './responses.js';

/** The formats of a web stream. Neither JSON nor a cursor contains a line break. */
const FORMATS = {
  jsonl: (item) => `${JSON.stringify(item)}\n`,
  sse: (item) => `id: ${item.cursor}\ndata: ${JSON.stringify(item)}\n\n`,
};

/** A stream of the core. It can be iterated once, sends one request at a time, and cancels everything when it ends. */
export class Stream {
  #connection;
  #shown;
  #open;
  #title;
  #options;
  #convert;
  #openedAt = now();
  #exports;
  #core;
  #isClosed = false;
  #queue = [];
  #last = Promise.resolve();

  /**
   * @param shown its name and its properties when it is printed
   * @param options complete ones, see lib/given.js
   * @param open opens the stream of the core: `(core, options)`
   * @param convert makes public objects of what the core has found: `(results, found)`
   */
  constructor(connection, shown, title, options, open, convert) {
    this.#connection = connection;
    this.#shown = shown;
    this.#title = title;
    this.#options = options;
    this.#open = (exports, own) => open(connection.core(exports), own);
    this.#convert = convert;
  }

  [INSPECT](...how) {
    return printed(...this.#shown, how);
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** For `await using`. Runtimes without the symbol do not support `await using` either. */
  async [ASYNC_DISPOSE]() {
    await this.return();
  }

  /** A stream of bytes, since a `Response` accepts nothing else, that reads only on demand. */
  toReadableStream(given) {
    const format = formatOf(given);
    const encoder = new TextEncoder();
    // The caller's stack, since the platform calls `pull` without one.
    const at = new Error();
    return new ReadableStream(
      {
        pull: async (controller) => {
          const { done, value } = await this.#next(at);
          if (done) controller.close();
          else controller.enqueue(encoder.encode(FORMATS[format](value)));
        },
        cancel: () => this.return(),
      },
      { highWaterMark: 0 },
    );
  }

  next() {
    return this.#next(this.#queue.length > 0 ? undefined : new Error());
  }

  #next(at) {
    // Concurrent calls resolve in order.
    const answer = this.#last.then(() => this.#pull(at));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #pull(at) {
    // After an abort, what is queued is not yielded: the core rejects.
    if (this.#queue.length === 0 || this.#options.signal?.aborted) await this.#read(at);
    return this.#queue.length > 0 ? { done: false, value: this.#queue.shift() } : { done: true, value: undefined };
  }

  async #read(at) {
    this.#queue = [];
    if (this.#isClosed) return;
    const { runtime } = this.#connection;
    if (this.#core && this.#exports !== runtime.exports) {
      this.#isClosed = true;
      throw new JulesInternalError(
        'An internal error of jules-wasm has ended this stream. Open a new one with `after`, the last cursor.',
      );
    }
    const found = await this.#connection.run(this.#title, (exports, end) => this.#step(exports, end), this.#bounds(), at);
    // The stream was closed during the request: nothing is yielded after return().
    if (this.#isClosed) return;
    if (found) this.#queue = this.#convert(this.#connection.results, found);
    else this.#close();
  }

  /** The bounds of one step. Once the stream is open, the core measures its time. */
  #bounds() {
    const { signal, timeoutMs } = this.#options;
    return this.#core || timeoutMs === undefined ? { signal } : { signal, ...this.#left() };
  }

  /** The remaining time since the stream was opened. */
  #left() {
    const { timeoutMs } = this.#options;
    if (timeoutMs === undefined) return {};
    return { timeoutMs: left(timeoutMs, this.#openedAt), wholeMs: timeoutMs };
  }

  #step(exports, end) {
    if (!this.#core) {
      this.#core = this.#open(exports, { ...this.#options, ...this.#left() });
      this.#exports = exports;
      if (this.#isClosed) this.#core.close();
    }
    this.#core.next(end);
  }

  async return(value) {
    this.#queue = [];
    this.#close();
    return { done: true, value };
  }

  #close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { runtime } = this.#connection;
    if (this.#core && this.#exports === runtime.exports) runtime.call(() => this.#core.close());
  }
}

/** All entries of a list, at most `limit`. */
export async function* entries(readPage, options, pageSize) {
  for await (const { items } of pages(readPage, options, pageSize)) yield* items;
}

/** The pages of a list, with at most `limit` entries. A page may be empty although another one follows. */
async function* pages(readPage, options, pageSize) {
  let { limit: left, request } = bounded(options, pageSize);
  // A token that was used before would cause an endless loop.
  const tokens = new Set();
  while (left > 0) {
    const { items, nextPageToken } = await readPage(request);
    tokens.add(request.pageToken);
    yield { items: items.slice(0, left), nextPageToken };
    left -= items.length;
    if (!nextPageToken || tokens.has(nextPageToken)) return;
    // No page is larger than what is left, so that its token continues where the list ends.
    request = { ...request, pageToken: nextPageToken, ...(left < request.pageSize && { pageSize: left }) };
  }
}

/** The largest page size of the service. */
export const LONGEST_PAGE = 100;

/**
 * Splits the options into `limit`, which the façade applies, and the request for the core. No page is larger than the limit:
 * otherwise its token would skip the entries that were cut off. `pageSize` is the default.
 */
function bounded({ limit = Infinity, ...options }, pageSize) {
  const size = options.pageSize ?? (limit > 0 && limit <= LONGEST_PAGE ? limit : pageSize);
  return { limit, request: { ...options, pageSize: limit > 0 && size > limit ? limit : size } };
}

/** Awaited, it resolves with the first page; iterated, it yields all entries. */
export class SessionCursor {
  #readPage;
  #options;
  #act;
  #loaded;
  /** The caller's stack, since `await` calls `then` without one. */
  #at = new Error();

  /**
   * @param act archives or deletes a session: `(verb, id, bounds)`, resolves with its handle
   * @param loaded calls a function with `bulk` of lib/bulk.js and with the options with the time that is left after loading it
   */
  constructor(readPage, options, act, loaded) {
    this.#readPage = readPage;
    this.#options = options;
    this.#act = act;
    this.#loaded = loaded;
  }

  then(onFulfilled, onRejected) {
    return this.#first().then(onFulfilled, onRejected);
  }

  withResponse() {
    return withResponse((record) => this.#first(record)).withResponse();
  }

  async #first(record) {
    const { limit, request } = bounded(this.#options);
    if (limit === 0) return { sessions: [] };
    const { items, nextPageToken } = await this.#readPage(request, this.#at, record);
    return pageOf({ items: items.slice(0, limit), nextPageToken });
  }

  [Symbol.asyncIterator]() {
    return entries(this.#readPage, this.#options);
  }

  async all() {
    const sessions = [];
    for await (const session of this) sessions.push(session);
    return sessions;
  }

  async *pages() {
    for await (const page of pages(this.#readPage, this.#options, LONGEST_PAGE)) yield pageOf(page);
  }

  archive(which, options) {
    return this.#bulk('archive', which, options);
  }

  delete(which, options) {
    return this.#bulk('delete', which, options);
  }

  async #bulk(verb, which, given) {
    const title = `sessions().${verb}()`;
    if (typeof which !== 'function') throw invalid('which', 'must be a function that selects sessions');
    const options = optionsOf('bulk', given, title);
    const at = new Error();
    const act = (bulk, own) => bulk(title, which, own, (bounds) => this.#entries(bounds), (id, bounds) => this.#act(verb, id, bounds));
    return this.#loaded(title, options, at, act);
  }

  #entries(bounds) {
    return entries(this.#readPage, { ...this.#options, ...bounds }, LONGEST_PAGE);
  }
}

const pageOf = ({ items, nextPageToken }) => ({ sessions: items, ...(nextPageToken && { nextPageToken }) });
