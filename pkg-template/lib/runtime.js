// The one guard between JavaScript and wasm.
//
// The wasm is loaded at the first call. A trap (a panic, a stack overflow) leaves an instance in an unknown state, so the instance
// is abandoned: pending calls reject, late callbacks do nothing, and the next call creates an instance from the loaded module.
import { asyncContext, textCoders } from './builtins.js';
import { left, now, timer } from './clock.js';
import { AbortError, JulesInternalError, TimeoutError, toError } from './errors.js';
import { cannotRun } from './load-errors.js';

/**
 * The result of exports of a lost instance. The glue destructures the results of many exports, including the steps of futures:
 * here it finds neither a value nor an error. Destructuring `undefined` would throw into the event loop, which ends a Node process.
 */
const NOTHING = Object.freeze([]);

export class Runtime {
  #load;
  #onStart;
  /** The loaded module and its glue. */
  #wasm;
  #starting;
  #live;
  /** The depth of nested calls: a trap outside of a call, in a callback of the runtime, must not be thrown into its event loop. */
  #depth = 0;

  /**
   * @param load resolves with `{ module, createGlue }`; called again at the next call if it rejects
   * @param onStart is called with the exports of each new instance and what was loaded, before any other call
   */
  constructor(load, onStart = () => {}) {
    this.#load = load;
    this.#onStart = onStart;
  }

  /** The modules loaded together with the WebAssembly; undefined before. */
  get results() {
    return this.#wasm?.results;
  }

  /** The exports of the live instance. Undefined before the first call and, after a trap, until the next call. */
  get exports() {
    return this.#live?.glue;
  }

  /** Resolves when there is an instance. Concurrent calls share one attempt. */
  start() {
    if (this.#live) return Promise.resolve();
    this.#starting ??= this.#begin().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  async #begin() {
    this.#wasm ??= await this.#load();
    const { module, createGlue } = this.#wasm;
    const instance = { glue: createGlue(textCoders()), waiting: new Set(), isLost: false };
    const { exports } = await instantiated(module, instance.glue.imports);
    instance.glue.start(this.#guard(instance, exports));
    const settle = (end, isOk, value) => {
      instance.waiting.delete(end);
      end({ isOk, value, call: end });
    };
    // The emulator has no asynchronous calls.
    instance.glue.useEnd?.(settle, enter);
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
      // The instance cannot report the panic either.
    }
    instance.isLost = true;
    if (this.#live === instance) this.#live = undefined;
    const message =
      `Internal error of jules-wasm: ${words ?? thrown?.message}. Requests in flight may have been carried out by the service: ` +
      'check this before you send them again. The client remains usable. Please report this error.';
    const error = new JulesInternalError(message, { cause: thrown });
    for (const end of instance.waiting) end({ isOk: false, value: error, call: end });
    return error;
  }

  /** Calls into the live instance, and converts the errors that it throws. */
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
   * Starts an asynchronous call: `use` is called with the exports, a function `end` that the instance calls with the result, and
   * the options with the remaining time. Rejects if the instance is lost. `signal` and `timeoutMs` in `options` also bound the
   * loading. `title` is the call's name in messages, `at` an error with the caller's stack, `record` an object in which
   * lib/sending.js notes the call's response.
   */
  run(title, use, options, at = new Error(), record = undefined) {
    const within = asyncContext();
    const begun = now();
    const begin = (bounds) =>
      this.#live ? this.#called(use, { options: bounds, at, within, record }) : this.loaded(title, options, at, begun).then(begin);
    return begin(options);
  }

  /** Not an async function, and all that a pending call retains is in `end`, since thousands may be pending. */
  #called(use, own) {
    const { waiting } = this.#live;
    const ended = new Promise((end) => {
      Object.assign(end, own);
      waiting.add(end);
      try {
        this.call((exports) => use(exports, end, own.options));
      } catch (error) {
        waiting.delete(end);
        end({ isOk: false, value: error, call: end });
      }
    });
    return ended.then(outcome);
  }

  /** Waits for the instance within the bounds of a call, and resolves with its options with the remaining time. */
  loaded(title, options, at, begun) {
    return this.within(title, 'the WebAssembly was loading', this.start(), options, at, begun);
  }

  /** Waits for what precedes a call, `during` which nothing is sent, in the same way. */
  async within(title, during, work, options, at, begun = now()) {
    const { signal, timeoutMs } = options ?? {};
    let stop = () => {};
    const bounds = new Promise((_, reject) => {
      const end = (Class, why, cause) => {
        const message = `${title} ${why} while ${during}. No request was sent.`;
        const error = new Class(message, { outcome: 'notSent', cause });
        error.stack = stackOf(error, at);
        reject(error);
      };
      const onAbort = () => end(AbortError, 'was aborted by its signal', signal.reason);
      const onTime = () => end(TimeoutError, `did not finish within ${options.wholeMs ?? timeoutMs} ms (timeoutMs)`);
      const cancel = timeoutMs === undefined ? () => {} : timer(timeoutMs, onTime);
      stop = () => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
      };
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort);
    });
    try {
      await Promise.race([work, bounds]);
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

/** The call whose step is running. Requests that are sent meanwhile belong to it. */
let current;

/** The function `end` of the call whose step is running, with its `record`. */
export const callInProgress = () => current;

/** Runs a step of a call in the async context of the caller, so that functions of the caller run in it. */
function enter(end, step) {
  const outer = current;
  current = end;
  try {
    if (end.within) end.within.runInAsyncScope(step);
    else step();
  } finally {
    current = outer;
  }
}

/** Returns the value of a call, or throws its error with the stack of the caller. */
function outcome({ isOk, value, call: { options, at } }) {
  if (isOk) return value;
  const error = toError(value, options);
  // Errors that are not data of the core have their own stack.
  if (error !== value) error.stack = stackOf(error, at);
  throw error;
}

/** The caller's stack: engines differ in how they show async stacks, and none show them across the steps of a stream. */
function stackOf({ name, message }, { stack = '' }) {
  const frames = stack.replace(/^Error.*/, '');
  // Only some engines start a stack with the message.
  return frames === stack ? stack : `${name}: ${message}${frames}`;
}
