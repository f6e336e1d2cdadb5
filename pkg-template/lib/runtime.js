// The one guard between JavaScript and wasm.
//
// The wasm is loaded at the first call. A trap (a panic, a stack overflow) leaves an instance in a state that nobody knows. So the
// instance is given up: whatever waits for it is rejected, its late callbacks do nothing, and the next call makes a new one of the
// module that was loaded.
import { snapshot } from './builtins.js';
import { left, now, timer } from './clock.js';
import { AbortError, JulesInternalError, TimeoutError, toError } from './errors.js';
import { cannotRun } from './load.js';

/**
 * What a lost instance answers. Glue takes the results of many exports apart, the steps of futures too: of these it finds
 * neither a value nor an error here, where of `undefined` it would throw into the event loop, which ends a process of Node.
 */
const NOTHING = Object.freeze([]);

export class Runtime {
  #load;
  #onStart;
  /** What was loaded: the module and its glue. */
  #wasm;
  #starting;
  #live;
  /** How deep in calls of ours we are: a trap in a callback of the runtime must not be thrown into its event loop. */
  #depth = 0;

  /**
   * @param load resolves with `{ module, createGlue }`; called again at the next call if it rejects
   * @param onStart gets what each instance exports and what was loaded, before anything else is called
   */
  constructor(load, onStart = () => {}) {
    this.#load = load;
    this.#onStart = onStart;
  }

  /** What the live instance exports; another object after a trap. Undefined before the first call and until the next after a trap. */
  get exports() {
    return this.#live?.glue;
  }

  /** Resolves when there is an instance. All who wait share one attempt. */
  start() {
    if (this.#live) return Promise.resolve();
    this.#starting ??= this.#begin().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  async #begin() {
    this.#wasm ??= await this.#load();
    const { module, createGlue } = this.#wasm;
    const instance = { glue: createGlue(), waiting: new Set(), isLost: false };
    const { exports } = await instantiated(module, instance.glue.imports);
    instance.glue.start(this.#guard(instance, exports));
    const settle = (end, isWell, value) => {
      instance.waiting.delete(end);
      end({ isWell, value });
    };
    // The emulator's has no calls that end later. Without async contexts each step of a call is spared the way through here.
    instance.glue.useEnd?.(settle, snapshot() && enter);
    this.#onStart(instance.glue, this.#wasm);
    this.#live = instance;
  }

  #guard(instance, raw) {
    const guarded = {};
    for (const [name, value] of Object.entries(raw)) {
      guarded[name] = typeof value === 'function' ? this.#guarded(instance, value) : value;
    }
    return guarded;
  }

  #guarded(instance, inner) {
    return (...args) => {
      if (instance.isLost) return NOTHING;
      try {
        return inner(...args);
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
      // The instance cannot even say what has happened.
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

  /** Calls into the live instance, and makes errors of what it throws. */
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
   * A promise of a call into the instance, which reports the end of it to what `use` is given; rejects if the instance is lost
   * meanwhile. `title` is the call's name for messages, `options` are its options, of which `signal` and `timeoutMs` bound the
   * loading too: `use` is given them with the time that is left. `at` is an error of the place where the call was made.
   */
  run(title, use, options, at = new Error()) {
    const within = snapshot();
    const begun = now();
    const begin = (own) => (this.#live ? this.#called(use, own, at, within) : this.#loaded(title, options, begun).then(begin));
    return begin(options);
  }

  /** No async function, and one function of the language's that is kept: thousands may wait. */
  #called(use, options, at, within) {
    const { waiting } = this.#live;
    const ended = new Promise((end) => {
      end.within = within;
      waiting.add(end);
      try {
        this.call((exports) => use(exports, end, options));
      } catch (error) {
        waiting.delete(end);
        end({ isWell: false, value: error });
      }
    });
    return ended.then((end) => outcome(end, options, at));
  }

  /** Waits for the instance within the bounds of a call, and gives its options with the time that is left. */
  async #loaded(title, options, begun) {
    const { signal, timeoutMs } = options ?? {};
    let stop = () => {};
    const bounds = new Promise((_, reject) => {
      const end = (Class, why, cause) => {
        const message = `${title} ${why} while its WebAssembly was being loaded. No request was sent.`;
        reject(new Class(message, { outcome: 'notSent', cause }));
      };
      const onAbort = () => end(AbortError, 'was aborted by its signal', signal.reason);
      const onTime = () => end(TimeoutError, `was not done within ${timeoutMs} ms (timeoutMs)`);
      const cancel = timeoutMs === undefined ? () => {} : timer(timeoutMs, onTime);
      stop = () => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
      };
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort);
    });
    try {
      await Promise.race([this.start(), bounds]);
    } finally {
      stop();
    }
    if (timeoutMs === undefined) return options;
    return { ...options, timeoutMs: left(timeoutMs, begun), wholeMs: options.wholeMs ?? timeoutMs };
  }
}

async function instantiated(module, imports) {
  try {
    return await WebAssembly.instantiate(module, imports);
  } catch (cause) {
    throw cannotRun(cause);
  }
}

/** Runs a step of a call in the async context in which the call was begun, so that callers' functions are called in it. */
function enter(end, step) {
  end.within(step);
}

/** How a call has ended: with its value, or an error with the stack of the call. */
function outcome({ isWell, value }, options, at) {
  if (isWell) return value;
  const error = toError(value, options);
  // What is no data of the core's is an error with a stack of its own.
  if (error !== value) error.stack = stackOf(error, at);
  throw error;
}

/** Engines show who awaits a promise in different ways, some not at all, and none across the steps of a stream. */
function stackOf({ name, message }, { stack = '' }) {
  const frames = stack.replace(/^Error.*/, '');
  // Some begin a stack with the error's words, some do not.
  return frames === stack ? stack : `${name}: ${message}${frames}`;
}
