// Async iterables over activities and list entries.
import { ASYNC_DISPOSE } from './batch.js';
import { left, now } from './clock.js';
import { invalid } from './errors.js';
import { formatOf, optionsOf } from './given.js';
import { INSPECT, printed } from './printing.js';
import { withResponse } from './responses.js';

/** The handle of a stream, which can be iterated once. The stream itself comes with the WebAssembly (lib/running-stream.js). */
export class Stream {
  #connection;
  #shown;
  #title;
  #options;
  #open;
  #convert;
  #openedAt = now();
  #running;
  #isClosed = false;
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
    this.#open = open;
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
    // The caller's stack, since the platform calls `pull` without one.
    const at = new Error();
    return new ReadableStream(
      {
        pull: async (controller) => {
          const { done, value } = await this.#next(at);
          if (done) controller.close();
          else controller.enqueue(this.#connection.results.encoded(value, format));
        },
        cancel: () => this.return(),
      },
      { highWaterMark: 0 },
    );
  }

  next() {
    return this.#next(this.#running?.hasItems ? undefined : new Error());
  }

  #next(at) {
    // Concurrent calls resolve in order.
    const answer = this.#last.then(() => this.#pull(at));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #pull(at) {
    if (!this.#running && !this.#isClosed) await this.#begin(at);
    return this.#isClosed ? { done: true, value: undefined } : this.#running.next(at);
  }

  /** Opens the stream, whose time runs since it was created. */
  async #begin(at) {
    const own = await this.#connection.loaded(this.#title, this.#options, at, this.#openedAt);
    const { results } = this.#connection;
    const convert = (found) => this.#convert(results, found);
    if (!this.#isClosed) this.#running = new results.RunningStream(this.#connection, this.#title, own, this.#open, convert);
  }

  async return(value) {
    this.#isClosed = true;
    this.#running?.close();
    return { done: true, value };
  }
}

/** All entries of a list, at most `limit`. */
export async function* entries(readPage, options, pageSize) {
  for await (const { items } of pages(readPage, options, pageSize)) yield* items;
}

/** The pages of a list, with at most `limit` entries. A page may be empty although another one follows. */
async function* pages(readPage, options, pageSize) {
  let { limit: left, request } = bounded(options, pageSize);
  while (left > 0) {
    const { items, nextPageToken, trail } = await readPage(request);
    yield { items: items.slice(0, left), nextPageToken };
    left -= items.length;
    if (!nextPageToken) return;
    // No page is larger than what is left, so that its token continues where the list ends.
    request = { ...request, pageToken: nextPageToken, trail, ...(left < request.pageSize && { pageSize: left }) };
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
