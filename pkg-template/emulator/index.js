/**
 * The emulator in process: a `fetch` that responds like the Jules service. It depends on no runtime, only on `Request` and
 * `Response`.
 */
import { JulesInternalError, JulesLoadError } from '../lib/errors.js';
import { abortable, cutStream, lostConnection, refusedConnection, untilAborted } from './transport.js';

const BASE_URL = 'https://jules.googleapis.com/v1alpha';

/** The number of emulators so far. Clients with the same key share what they have created, so each emulator has a key of its own. */
let count = 0;

/** The start of a virtual clock: fixed, so that all runs are the same byte for byte. */
const VIRTUAL_START = Date.UTC(2026, 0, 1);

/** How many requests the log contains at most. */
const MAX_LOG_ENTRIES = 10_000;

/** The limit of fetch. */
const MAX_REDIRECTS = 20;

/**
 * Makes `createEmulator`.
 *
 * @param {import('../lib/runtime.js').Runtime} runtime of the emulator's wasm, whose exports hold `EmulatorCore: new
 *   (options: object, startMs: number | undefined, autoAdvance: boolean) => object`; loaded when the first emulator is created
 * @returns {(options?: object) => Promise<object>} `createEmulator`
 */
export function makeCreateEmulator(runtime) {
  return async function createEmulator(options = {}) {
    const { clock, now, autoAdvance, rest } = parseOptions(options);
    requireFetchClasses();
    const isVirtual = clock === 'virtual';
    const start = isVirtual ? now() : undefined;
    await runtime.start();
    const [own, core] = runtime.call((exports) => [exports, new exports.EmulatorCore(rest, start, autoAdvance)]);
    const ask = (use) =>
      runtime.call((exports) => {
        if (exports === own) return use(core);
        throw new JulesInternalError('This emulator was lost, with its sessions, by an internal error of jules-wasm in another call. Create a new one.');
      });
    const time = () => (isVirtual ? ask((core) => core.now()) : now());
    // Node loads these classes at their first use, which takes longer than a whole session here.
    void [Request, Response];
    const requests = [];
    /** Responses that wait for the virtual clock. */
    const delayed = new Set();

    async function fetch(input, init) {
      // The runtime's own Request validates the call, and throws what its fetch would throw.
      const request = new Request(input, init);
      // The caller's own signal: that of the new request may be garbage-collected with it before it aborts.
      const signal = init?.signal ?? (input instanceof Request ? input : request).signal;
      signal.throwIfAborted();
      // Read synchronously if possible, so that requests are carried out in the order of the calls.
      const body = bodyOf(request, init) ?? new Uint8Array(await request.arrayBuffer());
      signal.throwIfAborted();
      return handle(request, signal, body, 0);
    }

    async function handle(request, signal, body, redirects) {
      const { method, url } = request;
      const at = time();
      const response = ask((core) => core.handle(method, url, [...request.headers], body, at));
      log(response, method, url);
      if (response.delayMs > 0) {
        await abortable(signal, isVirtual ? clockReaches(time() + response.delayMs) : timer(response.delayMs));
      }
      switch (response.transport) {
        case 'reset':
          throw lostConnection();
        case 'refuse':
          throw refusedConnection();
        case 'hang':
          return untilAborted(signal);
      }
      const { status, headers } = response;
      if (status === 302 && request.redirect !== 'manual') {
        if (request.redirect === 'error' || redirects === MAX_REDIRECTS) {
          throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') });
        }
        const [, location] = headers.find(([name]) => name === 'location');
        // Like fetch: with all headers, also to another origin. Here the emulator itself handles it, and the log shows it.
        const next = new Request(new URL(location, url), { method: method === 'POST' ? 'GET' : method, headers: request.headers });
        return handle(next, signal, new Uint8Array(), redirects + 1);
      }
      const content = response.transport === 'cut' ? cutStream(response.body) : response.body || null;
      return new Response(content, { status, headers });
    }

    function log({ status, at, fault, transport }, method, url) {
      const hasStatus = transport === undefined || transport === 'cut';
      const entry = { method, url: withoutKey(url), status: hasStatus ? status : 0, at };
      if (fault !== undefined) entry.fault = fault;
      requests.push(entry);
      if (requests.length > MAX_LOG_ENTRIES) requests.shift();
    }

    function clockReaches(due) {
      let waiting;
      const reached = new Promise((resolve) => delayed.add((waiting = { due, resolve })));
      return { done: reached, drop: () => delayed.delete(waiting) };
    }

    function advance(ms) {
      if (!isVirtual) throw new Error("advance() requires a virtual clock: create the emulator with clock: 'virtual'");
      if (!Number.isSafeInteger(ms) || ms < 0) throw new TypeError('advance(ms): must be a whole number, 0 or more');
      ask((core) => core.advance(ms));
      const reached = time();
      for (const waiting of delayed) {
        if (waiting.due > reached) continue;
        delayed.delete(waiting);
        waiting.resolve();
      }
    }

    const emulator = { fetch, baseUrl: BASE_URL, apiKey: options.apiKey ?? `emulator-key-${++count}` };
    // Not enumerable, so that an emulator can be spread into a client's options.
    return Object.defineProperties(emulator, {
      requests: { value: requests },
      now: { get: time },
      advance: { value: advance },
      sessions: {
        value: () => {
          const at = time();
          return ask((core) => core.sessions(at));
        },
      },
    });
  };
}

/** Rejects runtimes without the classes of requests. Node has no module with them, unlike those that the client needs. */
function requireFetchClasses() {
  const missing = ['Request', 'Response'].find((name) => typeof globalThis[name] !== 'function');
  if (!missing) return;
  throw new JulesLoadError(`${missing} is not defined here. No emulator was created. In Jest with jsdom, use the environment jest-fixed-jsdom.`);
}

/** Checks the options that only JavaScript needs; Rust checks the rest. */
function parseOptions(options) {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new TypeError('the options must be an object');
  }
  const { clock = 'real', now, autoAdvance, faults, ...rest } = options;
  if (clock !== 'real' && clock !== 'virtual') throw new TypeError('option "clock": must be "real" or "virtual"');
  if (now !== undefined && typeof now !== 'function') {
    throw new TypeError('option "now": must be a function that returns milliseconds since 1970');
  }
  if (autoAdvance !== undefined && (typeof autoAdvance !== 'boolean' || clock === 'real')) {
    throw new TypeError('option "autoAdvance": must be true or false, and requires clock: "virtual"');
  }
  if (Array.isArray(faults)) {
    // JSON has no infinity; Rust expects "always".
    rest.faults = faults.map((rule) => (rule?.times === Infinity ? { ...rule, times: 'always' } : rule));
  } else if (faults !== undefined) {
    throw new TypeError('option "faults": must be a list of rules');
  }
  rejectNonJson(rest);
  const start = clock === 'virtual' ? () => VIRTUAL_START : () => Date.now();
  return { clock, now: now ?? start, autoAdvance: autoAdvance ?? true, rest };
}

/**
 * Rejects cyclic values, NaN and, in fault rules, infinity. JSON would turn these numbers into null, which means that an
 * option is not set: a rule after an infinite number of requests would apply at once instead of never.
 */
function rejectNonJson(options) {
  for (const [name, value] of Object.entries(options)) {
    const isInvalid = (part) => Number.isNaN(part) || (name === 'faults' && Math.abs(part) === Infinity);
    try {
      JSON.stringify(value, (_, part) => {
        if (typeof part === 'number' && isInvalid(part)) throw new RangeError(`${part} is not a valid number`);
        return part;
      });
    } catch (cause) {
      throw new TypeError(`option "${name}": must be plain data that JSON can represent`, { cause });
    }
  }
}

/** The body's bytes if they are available synchronously. */
function bodyOf({ method }, init) {
  if (method === 'GET' || method === 'HEAD') return new Uint8Array();
  return typeof init?.body === 'string' ? new TextEncoder().encode(init.body) : undefined;
}

function timer(ms) {
  let id;
  // Runtimes store delays in 31 bits and fire longer timers at once.
  const done = new Promise((resolve) => (id = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1))));
  return { done, drop: () => clearTimeout(id) };
}

/** Removes the API key from the query of a URL, for the log. */
function withoutKey(text) {
  const url = new URL(text);
  if (!url.searchParams.has('key')) return text;
  url.searchParams.delete('key');
  return url.href;
}
