// A stream of the core, once it is open. Comes with the WebAssembly.
import { JulesInternalError } from './errors.js';
import { activitiesOf } from './model.js';
import { LightActivity } from './values.js';

/** Sends one request at a time, and cancels everything when it is closed. */
export class RunningStream {
  #connection;
  #title;
  #signal;
  #convert;
  #exports;
  #core;
  #isClosed = false;
  #queue = [];

  /**
   * @param options complete ones, with the remaining time, which the core measures from now on
   * @param open opens the stream of the core: `(core, options)`
   * @param convert makes public objects of what the core has found
   */
  constructor(connection, title, options, open, convert) {
    this.#connection = connection;
    this.#title = title;
    this.#signal = options.signal;
    this.#convert = convert;
    this.#exports = connection.runtime.exports;
    this.#core = connection.runtime.call((exports) => open(connection.core(exports), options));
  }

  /** Whether the next item needs no request. */
  get hasItems() {
    return this.#queue.length > 0;
  }

  async next(at) {
    // After an abort, what is queued is not yielded: the core rejects.
    if (!this.hasItems || this.#signal?.aborted) await this.#read(at);
    return this.hasItems ? { done: false, value: this.#queue.shift() } : { done: true, value: undefined };
  }

  async #read(at) {
    this.#queue = [];
    if (this.#isClosed) return;
    if (this.#exports !== this.#connection.runtime.exports) {
      this.#isClosed = true;
      throw new JulesInternalError(
        'An internal error of jules-wasm has ended this stream. Open a new one with `after`, the cursor of the last activity or event.',
      );
    }
    const found = await this.#connection.run(this.#title, (_, end) => this.#core.next(end), { signal: this.#signal }, at);
    // The stream was closed during the request: nothing is yielded after return().
    if (this.#isClosed) return;
    if (found) this.#queue = this.#convert(found);
    else this.close();
  }

  close() {
    this.#queue = [];
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { runtime } = this.#connection;
    if (this.#exports === runtime.exports) runtime.call(() => this.#core.close());
  }
}

/** The activities of the core. With `load`, which requests an activity by its id, they are without their artifacts. */
export function streamed(found, load) {
  const activities = activitiesOf(found);
  return load ? activities.map((activity) => new LightActivity(activity, load)) : activities;
}

/** The formats of a web stream. Neither JSON nor a cursor contains a line break. */
const FORMATS = {
  jsonl: (item) => `${JSON.stringify(item)}\n`,
  sse: (item) => `id: ${item.cursor}\ndata: ${JSON.stringify(item)}\n\n`,
};

/** The bytes of an item in a web stream of this format. */
export const encoded = (item, format) => new TextEncoder().encode(FORMATS[format](item));
