// The one guard between JavaScript and wasm.
//
// A trap (a panic, a stack overflow) leaves an instance in a state that nobody knows. So the instance is given up:
// whatever waits for it is rejected, its late callbacks do nothing, and the next call makes a new one.
import { snapshot } from './builtins.js';
import { JulesInternalError, toError } from './errors.js';
import { optionsOf } from './given.js';
import { withSharedSignal } from './signals.js';

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
    const tell = (end, isWell, value) => {
      instance.waiting.delete(end);
      end({ isWell, value });
    };
    // The emulator's has no calls that end later. Without async contexts each step of a call is spared the way through here.
    instance.glue.useEnd?.(tell, snapshot() && enter);
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
   * A promise of a call into the instance, which tells the end of it to what `use` is given, with the options as they were read;
   * or rejects if the instance is lost meanwhile. `at` is an error of the place where the call was made. No async function, and
   * one function of the language's that is kept: thousands may wait.
   */
  run(use, given, at = new Error()) {
    const { waiting } = this.#instance;
    let options;
    const ended = new Promise((end) => {
      end.within = snapshot();
      waiting.add(end);
      try {
        options = optionsOf(given);
        this.call(() => use(end, withSharedSignal(options)));
      } catch (error) {
        waiting.delete(end);
        end({ isWell: false, value: error });
      }
    });
    return ended.then((end) => outcome(end, options, at));
  }
}

/** Runs a step of a call in the async context in which the call was begun, so that callers' functions are called in it. */
function enter(end, step) {
  end.within(step);
}

/** What a call has come to: its value, or an error with the stack of the call. */
function outcome({ isWell, value }, options, at) {
  if (isWell) return value;
  const error = toError(value, options);
  // What is no data of the core's is an error with a stack of its own.
  if (error !== value) error.stack = stackOf(error, at);
  throw error;
}

/** Engines tell who awaits a promise in different ways, some not at all, and none across the steps of a stream. */
function stackOf({ name, message }, { stack = '' }) {
  const frames = stack.replace(/^Error.*/, '');
  // Some begin a stack with the error's words, some do not.
  return frames === stack ? stack : `${name}: ${message}${frames}`;
}
