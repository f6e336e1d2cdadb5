// Advances a batch by one tick. Comes with the WebAssembly.
import { invalid } from './errors.js';
import { configurationOf, keysOf, listOf, readOptions } from './given.js';
import { messageOf } from './thrown.js';

/** The version of the state. */
const VERSION = 1;

const LIMIT = { kind: 'count', least: 1, orInfinity: true };

/** The options, as in lib/table.js. */
const FIELDS = {
  map: { kind: 'function' },
  key: { kind: 'function' },
  maxRequests: { kind: 'count', least: 2, default: 40 },
  maxMs: { kind: 'ms', least: 1, default: 30_000 },
  concurrency: { kind: 'count', least: 1, default: 4 },
  maxRunning: LIMIT,
  quota: { kind: 'quota', fields: { perDay: LIMIT, concurrent: LIMIT } },
  name: { kind: 'text' },
  save: { kind: 'function' },
};

/** Resolves with the state after the tick. `bounds` are those of the call, with the time that is left after loading. */
export async function tick(connection, state, { items, ...given }, bounds, at) {
  const list = listOf(items);
  const { map, key, save, quota, ...options } = readOptions(FIELDS, given, 'tick()');
  if (!map) throw invalid('map', "is missing; a function is required that returns the configuration of an item's session");
  const keys = keysOf(list, key);
  const { before, others } = ordered(stateOf(state), keys);
  const complete = (text) => {
    const own = JSON.parse(text);
    return { version: VERSION, ...own, items: [...own.items.map((item, index) => ({ key: keys[index], ...item })), ...others] };
  };
  const port = new TickPort(list, keys, map, (text) => save(complete(text)));
  const use = (core, own, end) => core.tick(port, before, own, end);
  return complete(await connection.call('tick()', use, { ...options, ...bounds, ...quota, saves: Boolean(save) }, at));
}

/** A copy of the state, or null for the first tick. */
function stateOf(state) {
  if (state === undefined || state === null) return null;
  const expected = 'must be the object that tick() has returned, or undefined to begin';
  if (typeof state !== 'object') throw invalid('state', `${expected}; parse it if it was stored as text`);
  let copy;
  try {
    copy = JSON.parse(JSON.stringify(state));
  } catch {
    throw invalid('state', expected);
  }
  if (!Array.isArray(copy?.items)) throw invalid('state', expected);
  if (copy.version !== VERSION) throw invalid('state', `has version ${copy.version}; this version of jules-wasm reads version ${VERSION}`);
  return copy;
}

/** The state for the core, with the items in the order of the keys, and the items that are no longer in the batch. */
function ordered(state, keys) {
  if (!state) return { before: null, others: [] };
  const byKey = new Map(state.items.map((item) => [item?.key, item]));
  const items = keys.map((key) => byKey.get(key) ?? null);
  for (const key of keys) byKey.delete(key);
  return { before: { ...state, items }, others: [...byKey.values()] };
}

/** What the core asks of the façade for a tick. */
class TickPort {
  #list;
  #map;
  #save;
  #saved = Promise.resolve();

  constructor(list, keys, map, save) {
    this.keys = keys;
    this.#list = list;
    this.#map = map;
    this.#save = save;
  }

  async configure(index) {
    try {
      return { config: configurationOf(await this.#map(this.#list[index], index)) };
    } catch (error) {
      return { error: messageOf(error) };
    }
  }

  /** Saves one state after the other, so that the last one counts. */
  save(text) {
    this.#saved = this.#saved.then(() => this.#save(text));
    // Reported to the core, unless the tick has ended meanwhile.
    this.#saved.catch(() => {});
    return this.#saved;
  }
}
