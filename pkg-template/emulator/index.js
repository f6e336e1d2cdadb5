/**
 * The emulator in process: a `fetch` that answers as the Jules service does. No runtime is named here, so it works
 * wherever `Request` and `Response` do.
 */

const BASE_URL = 'https://jules.googleapis.com/v1alpha';
const DEFAULT_KEY = 'emulator-key';

/**
 * Makes `createEmulator`.
 *
 * @param {() => {EmulatorCore: new (options: object) => object}} getExports gives the exports of the emulator's wasm;
 *   first called when the first emulator is made
 * @returns {(options?: object) => object} `createEmulator`
 */
export function makeCreateEmulator(getExports) {
  return function createEmulator(options = {}) {
    if (options === null || typeof options !== 'object' || Array.isArray(options)) {
      throw new TypeError('the options must be an object');
    }
    const { now = () => Date.now(), ...rest } = options;
    if (typeof now !== 'function') {
      throw new TypeError('option "now": must be a function that gives milliseconds since 1970');
    }
    const { EmulatorCore } = getExports();
    const core = new EmulatorCore(rest);
    const requests = [];

    async function fetch(input, init) {
      // The runtime's own Request decides what is a valid call, and throws what its fetch would throw.
      const request = new Request(input, init);
      const { method, url, signal } = request;
      signal.throwIfAborted();
      const body = new Uint8Array(await request.arrayBuffer());
      signal.throwIfAborted();
      const answer = core.handle(method, url, [...request.headers], body, now());
      requests.push({ method, url: withoutKey(url), status: answer.status });
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    }

    const emulator = { fetch, baseUrl: BASE_URL, apiKey: options.apiKey ?? DEFAULT_KEY };
    // Not enumerable, so that an emulator can be given as a client's options, or spread into them.
    return Object.defineProperty(emulator, 'requests', { value: requests });
  };
}

/** The log is for eyes: a key in the query does not belong in it. */
function withoutKey(text) {
  const url = new URL(text);
  if (!url.searchParams.has('key')) return text;
  url.searchParams.delete('key');
  return url.href;
}
