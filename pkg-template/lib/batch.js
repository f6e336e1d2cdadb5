// The handle of a batch with a journal. The batch itself comes with the WebAssembly (lib/running-batch.js).
const ASYNC_DISPOSE = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** The items of a batch, as they are settled. It can be iterated once. */
export class Batch {
  #total;
  #loading;
  #running;

  /** @param loading resolves with the running batch */
  constructor(total, loading) {
    this.#total = total;
    this.#loading = loading.then((running) => (this.#running = running));
    // Reported to the reader.
    this.#loading.catch(() => {});
  }

  get counts() {
    const none = { creating: 0, running: 0, completed: 0, failed: 0, waitFailed: 0, notCreated: 0, unknown: 0 };
    return this.#running?.counts ?? { total: this.#total, waiting: this.#total, ...none };
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
