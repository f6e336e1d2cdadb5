// Async iterables over what the core gives piece by piece.
import { left, now } from './clock.js';
import { JulesInternalError } from './errors.js';
import { formatOf } from './given.js';
import { LightActivity, toActivity } from './values.js';

const ASYNC_DISPOSE = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** How an activity is written into a web stream. Neither JSON nor a cursor holds a line end. */
const FORMATS = {
  jsonl: (activity) => `${JSON.stringify(activity)}\n`,
  sse: (activity) => `id: ${activity.cursor}\ndata: ${JSON.stringify(activity)}\n\n`,
};

/** A stream of activities: one iteration, one request at a time, nothing left behind when it ends. */
export class ActivityStream {
  #connection;
  #open;
  #title;
  #options;
  #load;
  #openedAt = now();
  #exports;
  #core;
  #isClosed = false;
  #queue = [];
  #last = Promise.resolve();

  /**
   * @param span which activities: `stream`, `history` or `updates`
   * @param options those of a stream, read
   * @param load gets an activity with its artifacts, by its id
   */
  constructor(connection, session, span, title, options, load) {
    this.#connection = connection;
    this.#open = (exports, own) => connection.core(exports).stream(session, span, title, own);
    this.#title = title;
    this.#options = options;
    this.#load = options.artifacts ? undefined : load;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** For `await using`. Runtimes that do not know the symbol have no `await using` either. */
  async [ASYNC_DISPOSE]() {
    await this.return();
  }

  /** Bytes, since a `Response` takes nothing else. Nothing is read ahead of what is asked for. */
  toReadableStream(given) {
    const format = formatOf(given);
    const encoder = new TextEncoder();
    return new ReadableStream(
      {
        pull: async (controller) => {
          const { done, value } = await this.next();
          if (done) controller.close();
          else controller.enqueue(encoder.encode(FORMATS[format](value)));
        },
        cancel: () => this.return(),
      },
      { highWaterMark: 0 },
    );
  }

  next() {
    const at = this.#queue.length > 0 ? undefined : new Error();
    // Calls that do not wait for one another are answered in order.
    const answer = this.#last.then(() => this.#pull(at));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #pull(at) {
    // What was read ahead is not given any more once the signal is aborted: the core rejects then.
    if (this.#queue.length === 0 || this.#options.signal?.aborted) await this.#read(at);
    return this.#queue.length > 0 ? { done: false, value: this.#queue.shift() } : { done: true, value: undefined };
  }

  async #read(at) {
    this.#queue = [];
    if (this.#isClosed) return;
    const { runtime } = this.#connection;
    if (this.#core && this.#exports !== runtime.exports) {
      this.#isClosed = true;
      const message = 'The stream was lost in a fault of jules-wasm. Open it again after the last cursor.';
      throw new JulesInternalError(message);
    }
    const activities = await runtime.run(this.#title, (exports, end) => this.#next(exports, end), this.#bounds(), at);
    // Left while they were on their way: after return() nothing comes.
    if (this.#isClosed) return;
    if (activities) this.#queue = activities.map((activity) => this.#give(activity));
    else this.#close();
  }

  /** What bounds a step: of a stream that is open, the core counts its time. */
  #bounds() {
    const { signal, timeoutMs } = this.#options;
    return this.#core || timeoutMs === undefined ? { signal } : { signal, ...this.#left() };
  }

  /** The time that is left since the stream was opened. */
  #left() {
    const { timeoutMs } = this.#options;
    if (timeoutMs === undefined) return {};
    return { timeoutMs: left(timeoutMs, this.#openedAt), wholeMs: timeoutMs };
  }

  #next(exports, end) {
    if (!this.#core) {
      this.#core = this.#open(exports, { ...this.#options, ...this.#left() });
      this.#exports = exports;
      if (this.#isClosed) this.#core.close();
    }
    this.#core.next(end);
  }

  #give(activity) {
    return this.#load ? new LightActivity(activity, this.#load) : toActivity(activity);
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

/** All entries of a list, page by page, at most `limit`. A page may be empty and yet have a next one. */
export async function* entries(readPage, options, pageSize) {
  let { limit: left, request } = bounded(options, pageSize);
  // A token that leads back to a page that was read would lead round for ever.
  const tokens = new Set();
  while (left > 0) {
    const page = await readPage(request);
    tokens.add(request?.pageToken);
    for (const item of page.items.slice(0, left)) yield item;
    left -= page.items.length;
    if (!page.nextPageToken || tokens.has(page.nextPageToken)) return;
    request = { ...request, pageToken: page.nextPageToken };
  }
}

/** The service gives no longer pages. */
export const LONGEST_PAGE = 100;

/**
 * The façade's own option, and the request for the core. No page is longer than the limit: its token would lead past what was
 * cut off. `pageSize` is what is asked for by itself.
 */
function bounded({ limit = Infinity, ...options }, pageSize) {
  const size = options.pageSize ?? (limit > 0 && limit <= LONGEST_PAGE ? limit : pageSize);
  return { limit, request: { ...options, pageSize: limit > 0 && size > limit ? limit : size } };
}

/** `await` gives the first page, `for await` all entries. */
export class SessionCursor {
  #readPage;
  #options;
  /** Where it was asked for: `await` calls `then` from nowhere. */
  #at = new Error();

  constructor(readPage, options) {
    this.#readPage = readPage;
    this.#options = options;
  }

  then(onFulfilled, onRejected) {
    return this.#first().then(onFulfilled, onRejected);
  }

  async #first() {
    const { limit, request } = bounded(this.#options);
    if (limit === 0) return { sessions: [] };
    const { items, nextPageToken } = await this.#readPage(request, this.#at);
    return { sessions: items.slice(0, limit), ...(nextPageToken && { nextPageToken }) };
  }

  [Symbol.asyncIterator]() {
    return entries(this.#readPage, this.#options);
  }

  async all() {
    const sessions = [];
    for await (const session of this) sessions.push(session);
    return sessions;
  }
}
