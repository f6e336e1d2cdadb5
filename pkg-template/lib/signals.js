// Callers' signals. One listener of ours is on a signal, however many calls share it: Node takes more than ten for a leak and
// says so, and to allow more would change what is the caller's.

const shared = new WeakMap();

/** What stands for a signal in the core. */
class SharedSignal {
  #signal;
  #listeners = new Set();
  #notify = () => {
    for (const listener of [...this.#listeners]) listener();
  };

  constructor(signal) {
    this.#signal = signal;
  }

  /** Undefined, as of what is no signal, if it cannot be read. */
  get aborted() {
    try {
      return this.#signal.aborted;
    } catch {
      return undefined;
    }
  }

  get reason() {
    return this.#signal.reason;
  }

  addEventListener(type, listener) {
    if (this.#listeners.size === 0) this.#signal.addEventListener(type, this.#notify);
    this.#listeners.add(listener);
  }

  removeEventListener(type, listener) {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#signal.removeEventListener(type, this.#notify);
  }
}

/** The options with their signal shared. What is no signal is left for the core to refuse. */
export function withSharedSignal(options) {
  const signal = options?.signal;
  if (!isSignal(signal)) return options;
  if (!shared.has(signal)) shared.set(signal, new SharedSignal(signal));
  return { ...options, signal: shared.get(signal) };
}

function isSignal(given) {
  try {
    return typeof given === 'object' && typeof given?.addEventListener === 'function';
  } catch {
    return false;
  }
}
