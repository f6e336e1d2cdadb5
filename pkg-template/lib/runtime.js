// The one guard between JavaScript and wasm.
//
// A trap (a panic, a stack overflow) leaves an instance in a state that nobody knows. So the instance is given up:
// whatever waits for it is rejected, its late callbacks do nothing, and the next call makes a new one.
import { JulesInternalError, toError } from './errors.js';

/**
 * What a lost instance answers. Glue takes the results of many exports apart, the steps of futures too: of these it finds
 * neither a value nor an error here, where of `undefined` it would throw into the event loop, which ends a process of Node.
 */
const NOTHING = Object.freeze([]);

export class Runtime {
  #createGlue;
  #getModule;
  #live;
  /** How deep in calls of ours we are: a trap in a callback of the runtime must not be thrown into its event loop. */
  #depth = 0;

  constructor(createGlue, getModule) {
    this.#createGlue = createGlue;
    this.#getModule = getModule;
  }

  /** What the live instance exports; another object after a trap. Compiles on first use. */
  get exports() {
    return this.#instance.glue;
  }

  get #instance() {
    return (this.#live ??= this.#start());
  }

  #start() {
    const instance = { glue: undefined, waiting: new Set(), isLost: false };
    instance.glue = this.#createGlue((raw) => this.#guard(instance, raw));
    instance.glue.initSync({ module: this.#getModule() });
    // The emulator's has no calls that end later.
    instance.glue.useEnd?.((end, isWell, value) => {
      instance.waiting.delete(end);
      end({ isWell, value });
    });
    return instance;
  }

  #guard(instance, raw) {
    const guarded = {};
    for (const [name, value] of Object.entries(raw)) {
      guarded[name] = typeof value === 'function' ? this.#guarded(instance, value) : value;
    }
    return guarded;
  }

  #guarded(instance, inner) {
    // Arguments by name: these are called some ten times for each request, and an array for each call is felt.
    return (a, b, c, d, ...more) => {
      if (instance.isLost) return NOTHING;
      try {
        return more.length > 0 ? inner(a, b, c, d, ...more) : inner(a, b, c, d);
      } catch (thrown) {
        const error = this.#lose(instance, thrown);
        if (this.#depth > 0) throw error;
        return NOTHING;
      }
    };
  }

  #lose(instance, thrown) {
    if (instance.isLost) return thrown;
    let words;
    try {
      words = instance.glue.lastPanic();
    } catch {
      // The instance is too far gone to tell.
    }
    instance.isLost = true;
    if (this.#live === instance) this.#live = undefined;
    const message =
      `A fault in jules-wasm: ${words ?? thrown?.message}. Calls that were under way may or may not have been carried ` +
      'out by the service. The client goes on with a fresh instance; please report this.';
    const error = new JulesInternalError(message, { cause: thrown });
    for (const end of instance.waiting) end({ isWell: false, value: error });
    return error;
  }

  /** Calls into the instance, and makes errors of what it throws. */
  call(use) {
    this.#depth++;
    try {
      return use(this.exports);
    } catch (thrown) {
      throw toError(thrown);
    } finally {
      this.#depth--;
    }
  }

  /**
   * A promise of a call into the instance, which tells the end of it to what `use` is given; or rejects if the instance is
   * lost meanwhile. No async function, and one function of the language's that is kept: thousands may wait.
   */
  run(use, options) {
    allowMany(options);
    const { waiting } = this.#instance;
    const ended = new Promise((end) => {
      waiting.add(end);
      try {
        this.call(() => use(end));
      } catch (error) {
        waiting.delete(end);
        end({ isWell: false, value: error });
      }
    });
    return ended.then(options ? (given) => outcome(given, options) : outcome);
  }
}

/**
 * Lets any number of calls listen to the signal of `options`. Node takes more than ten listeners for a leak and says so,
 * but each call takes its own away; Node's own fetch does the same with the signals that it is given.
 */
export function allowMany(options) {
  try {
    const signal = options?.signal;
    if (signal) globalThis.process?.getBuiltinModule?.('node:events').setMaxListeners(0, signal);
  } catch {
    // What is no signal, or cannot be read, is the core's to refuse.
  }
}

/** What a call has come to. Errors are made here, in what the caller awaits, so that their stack leads back to him. */
function outcome({ isWell, value }, options) {
  if (isWell) return value;
  throw toError(value, options);
}
