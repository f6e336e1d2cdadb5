// Async iterables over what the core gives piece by piece.
import { JulesInternalError } from './errors.js';
import { toActivity } from './values.js';

/** A stream of activities: one iteration, one request at a time, nothing left behind when it ends. */
export class ActivityStream {
  #runtime;
  #exports;
  #core;
  #signal;
  #queue = [];
  #last = Promise.resolve();

  constructor(runtime, open, signal) {
    this.#runtime = runtime;
    this.#exports = runtime.exports;
    this.#core = runtime.call(open);
    this.#signal = signal;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    // Calls that do not wait for one another are answered in order.
    const answer = this.#last.then(() => this.#pull());
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #pull() {
    // What was read ahead is not given any more once the signal is aborted: the core then tells so.
    if (this.#queue.length === 0 || this.#signal?.aborted) await this.#read();
    return this.#queue.length > 0 ? { done: false, value: this.#queue.shift() } : { done: true, value: undefined };
  }

  async #read() {
    this.#queue = [];
    if (!this.#core) return;
    if (this.#exports !== this.#runtime.exports) {
      this.#core = undefined;
      const message = 'The stream was lost in a fault of jules-wasm. Open it again after the last cursor.';
      throw new JulesInternalError(message, { code: 'internal_error' });
    }
    const activities = await this.#runtime.run(() => this.#core.next(), this.#signal);
    if (activities) this.#queue = activities.map(toActivity);
    else this.#close();
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
export async function* entries(readPage, options = {}) {
  const { limit = Infinity, ...request } = options;
  let left = limit;
  let { pageToken } = request;
  while (left > 0) {
    const page = await readPage({ ...request, pageToken });
    for (const item of page.items.slice(0, left)) yield item;
    left -= page.items.length;
    pageToken = page.nextPageToken;
    if (!pageToken) return;
  }
}

/** `await` gives the first page, `for await` all entries. */
export class SessionCursor {
  #readPage;
  #options;

  constructor(readPage, options) {
    this.#readPage = readPage;
    this.#options = options;
  }

  then(onFulfilled, onRejected) {
    const { limit, ...request } = this.#options ?? {};
    const first = this.#readPage(request).then(({ items, nextPageToken }) => ({
      sessions: items.slice(0, limit),
      ...(nextPageToken && { nextPageToken }),
    }));
    return first.then(onFulfilled, onRejected);
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
