/** Both clients, with the same configuration. Runs in kernels: new processes and pages. */

/** The module of a side, loaded only where it is used. */
export const load = (side) => (side === 'ours' ? import('jules-wasm') : import('@google/jules-sdk'));

/**
 * A client of one side. The official SDK's storage is its own in memory: its default writes files into the working folder.
 *
 * @param {'ours' | 'theirs'} side
 * @param {{ baseUrl: string, interval?: number }} options
 */
export async function makeClient(side, { baseUrl, interval = 5000, ...options }) {
  const module = await load(side);
  const config = { pollingIntervalMs: interval, requestTimeoutMs: 30_000 };
  if (side === 'ours') return module.connect({ apiKey: 'key', baseUrl, config, ...options });
  const { connect, MemorySessionStorage, MemoryStorage } = module;
  return connect({
    apiKey: 'key',
    baseUrl,
    config,
    storageFactory: { activity: () => new MemoryStorage(), session: () => new MemorySessionStorage() },
  });
}

/**
 * Counts every request of the process: both clients use the global fetch. The server sends each body's
 * length and compresses nothing, so no body is read twice.
 *
 * @returns {{ at: number, method: string, path: string, query: string, up: number, down: number }[]} grows as requests are answered
 */
export function countRequests() {
  const log = [];
  const inner = globalThis.fetch;
  globalThis.fetch = async (url, init) => {
    const { pathname, search } = new URL(url);
    const entry = { at: performance.now(), method: init?.method ?? 'GET', path: pathname, query: search, up: 0, down: 0 };
    entry.up = entry.method.length + pathname.length + search.length + (init?.body?.length ?? 0);
    log.push(entry);
    const response = await inner(url, init);
    entry.down = Number(response.headers.get('content-length'));
    return response;
  };
  return log;
}
