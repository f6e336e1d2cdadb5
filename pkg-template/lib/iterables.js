// Async iterables over what the core gives piece by piece.
import { invalid, JulesInternalError } from './errors.js';
import { optionsOf } from './given.js';
import { LightActivity, toActivity } from './values.js';

const ASYNC_DISPOSE = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** How an activity is written into a web stream. Neither JSON nor a cursor holds a line end. */
const FORMATS = {
  jsonl: (activity) => `${JSON.stringify(activity)}\n`,
  sse: (activity) => `id: ${activity.cursor}\ndata: ${JSON.stringify(activity)}\n\n`,
};

/** A stream of activities: one iteration, one request at a time, nothing left behind when it ends. */
export class ActivityStream {
  #runtime;
  #exports;
  #core;
  #options;
  #load;
  #queue = [];
  #last = Promise.resolve();

  /** @param load gets an activity with its artifacts, by its id */
  constructor(runtime, open, options, load) {
    this.#runtime = runtime;
    this.#exports = runtime.exports;
    this.#core = runtime.call(open);
    this.#options = options && { signal: options.signal };
    this.#load = options?.artifacts === false ? load : undefined;
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
    const { format = 'jsonl' } = optionsOf(given) ?? {};
    if (!Object.hasOwn(FORMATS, format)) throw invalid('format', "must be 'jsonl' or 'sse'");
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
    // What was read ahead is not given any more once the signal is aborted: the core then tells so.
    if (this.#queue.length === 0 || this.#options?.signal?.aborted) await this.#read(at);
    return this.#queue.length > 0 ? { done: false, value: this.#queue.shift() } : { done: true, value: undefined };
  }

  async #read(at) {
    this.#queue = [];
    if (!this.#core) return;
    if (this.#exports !== this.#runtime.exports) {
      this.#core = undefined;
      const message = 'The stream was lost in a fault of jules-wasm. Open it again after the last cursor.';
      throw new JulesInternalError(message);
    }
    const activities = await this.#runtime.run((end) => this.#core.next(end), this.#options, at);
    // Left while they were on their way: after return() nothing comes.
    if (!this.#core) return;
    if (activities) this.#queue = activities.map((activity) => this.#give(activity));
    else this.#close();
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
    const core = this.#core;
    this.#core = undefined;
    if (core && this.#exports === this.#runtime.exports) this.#runtime.call(() => core.close());
  }
}

/** All entries of a list, page by page, at most `limit`. A page may be empty and yet have a next one. */
export async function* entries(readPage, given, pageSize) {
  let { limit: left, request } = bounded(optionsOf(given), pageSize);
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
 * The façade's own option, and the request for the core, which refuses what cannot be read. No page is longer than the
 * limit: its token would lead past what was cut off. `pageSize` is what is asked for by itself.
 */
function bounded(options, pageSize) {
  if (typeof options !== 'object' && options !== undefined) return { limit: Infinity, request: options };
  const { limit: most, ...request } = options ?? {};
  const limit = most ?? Infinity;
  if (limit !== Infinity && !(Number.isInteger(limit) && limit >= 0)) throw invalid('limit', 'must be a whole number of at least 0');
  request.pageSize ??= limit > 0 && limit <= LONGEST_PAGE ? limit : pageSize;
  if (Number.isInteger(request.pageSize) && limit > 0 && request.pageSize > limit) request.pageSize = limit;
  return { limit, request };
}

/** `await` gives the first page, `for await` all entries. */
export class SessionCursor {
  #readPage;
  #options;
  /** Where it was asked for: `await` calls `then` from nowhere. */
  #at = new Error();

  constructor(readPage, options) {
    this.#readPage = readPage;
    this.#options = optionsOf(options);
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
