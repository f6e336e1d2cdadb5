/**
 * The emulator in process: a `fetch` that answers as the Jules service does. No runtime is named here, so it works
 * wherever `Request` and `Response` do.
 */
import { JulesInternalError } from '../lib/errors.js';
import { abortable, cutStream, lostConnection, refusedConnection, untilAborted } from './transport.js';

const BASE_URL = 'https://jules.googleapis.com/v1alpha';
const DEFAULT_KEY = 'emulator-key';

/** Where a virtual clock starts, so that every run is the same to the byte. */
const VIRTUAL_START = Date.UTC(2026, 0, 1);

/** How many requests the log holds. */
const LONGEST_LOG = 10_000;

/** As many as a browser's fetch follows. */
const MOST_REDIRECTS = 20;

/**
 * Makes `createEmulator`.
 *
 * @param {import('../lib/runtime.js').Runtime} runtime of the emulator's wasm, whose exports hold `EmulatorCore: new
 *   (options: object, startMs: number | undefined, autoAdvance: boolean) => object`; first used when the first emulator is made
 * @returns {(options?: object) => object} `createEmulator`
 */
export function makeCreateEmulator(runtime) {
  return function createEmulator(options = {}) {
    const { clock, now, autoAdvance, rest } = readOptions(options);
    const isVirtual = clock === 'virtual';
    const start = isVirtual ? now() : undefined;
    const [own, core] = runtime.call((exports) => [exports, new exports.EmulatorCore(rest, start, autoAdvance)]);
    const ask = (use) =>
      runtime.call((exports) => {
        if (exports === own) return use(core);
        throw new JulesInternalError('This emulator was lost, with its sessions, in a fault of jules-wasm that another call has met. Make a new one.');
      });
    const time = () => (isVirtual ? ask((core) => core.now()) : now());
    // Node loads what is behind these names at their first use, for longer than a whole session takes here.
    void [Request, Response];
    const requests = [];
    /** Answers that wait for the virtual clock. */
    const late = new Set();

    async function fetch(input, init) {
      // The runtime's own Request decides what is a valid call, and throws what its fetch would throw.
      const request = new Request(input, init);
      // The caller's own: that of the request made here may be collected with it, and then never tells.
      const signal = init?.signal ?? (input instanceof Request ? input : request).signal;
      signal.throwIfAborted();
      // Taken without waiting where that can be, so that requests are carried out in the order of the calls.
      const body = bodyOf(request, init) ?? new Uint8Array(await request.arrayBuffer());
      signal.throwIfAborted();
      return carry(request, signal, body, 0);
    }

    async function carry(request, signal, body, redirects) {
      const { method, url } = request;
      const at = time();
      const answer = ask((core) => core.handle(method, url, [...request.headers], body, at));
      note(answer, method, url);
      if (answer.delayMs > 0) {
        await abortable(signal, isVirtual ? clockReaches(time() + answer.delayMs) : timer(answer.delayMs));
      }
      switch (answer.transport) {
        case 'reset':
          throw lostConnection();
        case 'refuse':
          throw refusedConnection();
        case 'hang':
          return untilAborted(signal);
      }
      const { status, headers } = answer;
      if (status === 302 && request.redirect !== 'manual') {
        if (request.redirect === 'error' || redirects === MOST_REDIRECTS) {
          throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') });
        }
        const [, location] = headers.find(([name]) => name === 'location');
        // As fetch goes on: with all headers, also to another origin. Here that is no other service; the log shows it.
        const next = new Request(new URL(location, url), { method: method === 'POST' ? 'GET' : method, headers: request.headers });
        return carry(next, signal, new Uint8Array(), redirects + 1);
      }
      const content = answer.transport === 'cut' ? cutStream(answer.body) : answer.body || null;
      return new Response(content, { status, headers });
    }

    function note({ status, at, fault, transport }, method, url) {
      const isAnswered = transport === undefined || transport === 'cut';
      const entry = { method, url: withoutKey(url), status: isAnswered ? status : 0, at };
      if (fault !== undefined) entry.fault = fault;
      requests.push(entry);
      if (requests.length > LONGEST_LOG) requests.shift();
    }

    function clockReaches(due) {
      let waiting;
      const reached = new Promise((resolve) => late.add((waiting = { due, resolve })));
      return { done: reached, drop: () => late.delete(waiting) };
    }

    function advance(ms) {
      if (!isVirtual) throw new Error("advance() moves a virtual clock: make the emulator with clock: 'virtual'");
      if (!Number.isSafeInteger(ms) || ms < 0) throw new TypeError('advance(ms): must be a whole number, 0 or more');
      ask((core) => core.advance(ms));
      const reached = time();
      for (const waiting of late) {
        if (waiting.due > reached) continue;
        late.delete(waiting);
        waiting.resolve();
      }
    }

    const emulator = { fetch, baseUrl: BASE_URL, apiKey: options.apiKey ?? DEFAULT_KEY };
    // Not enumerable, so that an emulator can be given as a client's options, or spread into them.
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

/** The options of this door, checked; the rest is the state machine's to check. */
function readOptions(options) {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new TypeError('the options must be an object');
  }
  const { clock = 'real', now, autoAdvance, faults, ...rest } = options;
  if (clock !== 'real' && clock !== 'virtual') throw new TypeError('option "clock": must be "real" or "virtual"');
  if (now !== undefined && typeof now !== 'function') {
    throw new TypeError('option "now": must be a function that gives milliseconds since 1970');
  }
  if (autoAdvance !== undefined && (typeof autoAdvance !== 'boolean' || clock === 'real')) {
    throw new TypeError('option "autoAdvance": must be true or false, and goes with clock: "virtual"');
  }
  if (Array.isArray(faults)) {
    // JSON has no infinity; the state machine has a word for it.
    rest.faults = faults.map((rule) => (rule?.times === Infinity ? { ...rule, times: 'always' } : rule));
  } else if (faults !== undefined) {
    throw new TypeError('option "faults": must be a list of rules');
  }
  refuseWhatIsNoData(rest);
  const start = clock === 'virtual' ? () => VIRTUAL_START : () => Date.now();
  return { clock, now: now ?? start, autoAdvance: autoAdvance ?? true, rest };
}

/**
 * What has no end, because it holds itself, would have none where it is read either. And a number that is none would count
 * as not given; so would infinity, which in a rule makes it strike at once instead of never.
 */
function refuseWhatIsNoData(options) {
  for (const [name, value] of Object.entries(options)) {
    const isNone = (part) => Number.isNaN(part) || (name === 'faults' && Math.abs(part) === Infinity);
    try {
      JSON.stringify(value, (_, part) => {
        if (typeof part === 'number' && isNone(part)) throw new RangeError(`${part} is no number that it can be`);
        return part;
      });
    } catch (cause) {
      throw new TypeError(`option "${name}": must be plain data that JSON can hold`, { cause });
    }
  }
}

/** The body's bytes if they can be had at once. */
function bodyOf({ method }, init) {
  if (method === 'GET' || method === 'HEAD') return new Uint8Array();
  return typeof init?.body === 'string' ? new TextEncoder().encode(init.body) : undefined;
}

function timer(ms) {
  let id;
  // Runtimes count timers in 31 bits and fire longer ones at once.
  const done = new Promise((resolve) => (id = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1))));
  return { done, drop: () => clearTimeout(id) };
}

/** The log is for eyes: a key in the query does not belong in it. */
function withoutKey(text) {
  const url = new URL(text);
  if (!url.searchParams.has('key')) return text;
  url.searchParams.delete('key');
  return url.href;
}
