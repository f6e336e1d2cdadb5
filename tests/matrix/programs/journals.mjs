// The stores of journals that the environment has: each keeps its contract, and a batch that is run twice on it creates each session once.
import { connect } from 'jules-wasm';
import { fileStore, indexedDbStore, keyValueStore, memoryStore } from 'jules-wasm/stores';

import { baseUrl } from './service.mjs';
import { contract, namespace } from './store-contract.mjs';

const jules = connect({ apiKey: 'key', baseUrl, config: { pollingIntervalMs: 20 } });

/** Distinguishes this run from others on the same service and disk. */
const run = `${Date.now()}-${Math.random()}`;

/**
 * @param places what the environment has for journals beside its memory: `kv`, a namespace of Workers KV; `folder`, for files
 * @returns for each kind of store the promises that it breaks, and how the two runs of a batch ended
 */
export async function journals({ kv = namespace(), folder } = {}) {
  /** The stores of each kind: over the same data each time for the same name. */
  const memories = new Map();
  const memory = (name) => memories.get(name) ?? memories.set(name, memoryStore()).get(name);
  const kinds = { memory, keyValue: (name) => keyValueStore(inShortPages(kv), { prefix: `${run}:${name}:` }) };
  if (folder) kinds.file = (name) => fileStore(`${folder}/${name}-${run}.journal`);
  if (globalThis.indexedDB) kinds.indexedDb = (name) => indexedDbStore(`${name}-${run}`);
  const found = {};
  for (const [kind, open] of Object.entries(kinds)) {
    const locks = kind === 'indexedDb' ? Boolean(globalThis.navigator.locks) : kind !== 'keyValue';
    found[kind] = { broken: await contract(() => open('contract'), locks), batch: await batchTwice(kind, () => open('batch')) };
  }
  return { journals: found };
}

/** A namespace that lists two keys at a time, so that cursors are used. */
const inShortPages = (kv) => ({
  get: (key) => kv.get(key),
  put: (key, text) => kv.put(key, text),
  list: (options) => kv.list({ ...options, limit: 2 }),
});

/** Two runs of the same batch: the statuses of their items, whether the sessions are the same, and how many the service has. */
async function batchTwice(kind, open) {
  const prompts = ['a', 'b', 'c'].map((key) => `${key} of ${kind} in ${run}`);
  const runs = [];
  for (let count = 0; count < 2; count++) {
    const batch = jules.batch(prompts, (prompt) => ({ prompt }), { key: (prompt) => prompt, journal: open() });
    const items = [];
    for await (const item of batch) items.push(item);
    runs.push(items.sort((a, b) => a.index - b.index));
  }
  const [first, second] = runs.map((items) => items.map(({ session }) => session?.id).join());
  let sessions = 0;
  for await (const { prompt } of jules.sessions()) sessions += prompts.includes(prompt) ? 1 : 0;
  return { statuses: runs.flat().map(({ status }) => status), same: first === second, sessions };
}
