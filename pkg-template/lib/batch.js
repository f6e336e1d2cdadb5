// The handle of a batch with a journal. The batch itself comes with the WebAssembly (lib/running-batch.js).
export const ASYNC_DISPOSE = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** The items of a batch, as they are settled. It can be iterated once. */
export class Batch {
  #counts;
  #loading;
  #running;

  /** @param load gets the counts at the start, and resolves with the running batch */
  constructor(total, load) {
    this.#counts = { total, waiting: total, creating: 0, running: 0, completed: 0, failed: 0, waitFailed: 0, notCreated: 0, unknown: 0 };
    this.#loading = load(this.#counts).then((running) => (this.#running = running));
    // Reported to the reader.
    this.#loading.catch(() => {});
  }

  get counts() {
    return this.#running?.counts ?? { ...this.#counts };
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async [ASYNC_DISPOSE]() {
    await this.return();
  }

  async next() {
    return (await this.#loading).next();
  }

  async return(value) {
    return (await this.#loading).return(value);
  }
}
