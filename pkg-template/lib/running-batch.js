// A batch with a journal, as it runs. Comes with the WebAssembly.

/** The items of a batch, as they are settled. The batch also runs while it is not iterated. */
export class RunningBatch {
  #queue = [];
  #readers = [];
  #end;
  #counts;
  #own = new AbortController();
  #running;

  /**
   * @param run starts the batch with a signal, a function for each settled item and one for the counts; resolves at the end
   * @param counts those at the start
   * @param signal that of the caller
   */
  constructor(run, counts, { signal, onProgress }) {
    this.#counts = counts;
    const abort = () => this.#own.abort(signal.reason);
    let failure;
    const fail = (error) => {
      failure ??= { error };
      this.#own.abort();
    };
    const progress = (counts) => {
      this.#counts = counts;
      try {
        Promise.resolve(onProgress?.({ ...counts })).catch(fail);
      } catch (error) {
        fail(error);
      }
    };
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort);
    this.#running = run(this.#own.signal, (item) => this.#add(item), progress)
      .then(
        () => this.#close(failure),
        (error) => this.#close(failure ?? { error }),
      )
      .finally(() => signal?.removeEventListener('abort', abort));
  }

  get counts() {
    return { ...this.#counts };
  }

  next() {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      this.#serve();
    });
  }

  async return(value) {
    this.#queue = [];
    this.#own.abort();
    await this.#running;
    this.#end = {};
    this.#serve();
    return { done: true, value };
  }

  #add(item) {
    this.#queue.push(item);
    this.#serve();
  }

  #close(end = {}) {
    this.#end ??= end;
    this.#serve();
  }

  #serve() {
    while (this.#readers.length > 0 && (this.#queue.length > 0 || this.#end)) {
      const { resolve, reject } = this.#readers.shift();
      const { error } = this.#end ?? {};
      if (this.#queue.length > 0) resolve({ done: false, value: this.#queue.shift() });
      else if (error !== undefined) reject(error);
      else resolve({ done: true, value: undefined });
      if (this.#queue.length === 0 && this.#end) this.#end = {};
    }
  }
}
