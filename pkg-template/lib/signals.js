// Signals of callers. Calls that share a signal share one listener on it: Node warns of a leak at more than ten listeners, and
// raising that limit would change an object of the caller.

const shared = new WeakMap();

/** Represents a signal in the core. */
class SharedSignal {
  #signal;
  #listeners = new Set();
  #notify = () => {
    for (const listener of [...this.#listeners]) listener();
  };

  constructor(signal) {
    this.#signal = signal;
  }

  get aborted() {
    try {
      return this.#signal.aborted === true;
    } catch {
      // A custom signal whose getter throws.
      return false;
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

/** The shared representative of a signal of this or another realm; undefined if the value is not a signal. */
export function sharedSignal(signal) {
  if (!isSignal(signal)) return undefined;
  if (!shared.has(signal)) shared.set(signal, new SharedSignal(signal));
  return shared.get(signal);
}

function isSignal(given) {
  try {
    return typeof given === 'object' && typeof given.aborted === 'boolean' && typeof given.addEventListener === 'function';
  } catch {
    return false;
  }
}
