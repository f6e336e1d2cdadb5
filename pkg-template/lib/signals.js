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

  get aborted() {
    try {
      return this.#signal.aborted === true;
    } catch {
      // A signal of somebody's own, which could be read at first.
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

/** What stands for the signal; undefined if it is none. Of this realm or another. */
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
