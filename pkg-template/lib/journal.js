// The journal of a batch, between the core and its store. Comes with the WebAssembly.
import { withPilot } from './autopilot.js';
import { timer } from './clock.js';
import { JulesError, JulesJournalError, toError } from './errors.js';
import { RunningBatch } from './running-batch.js';
import { messageOf } from './thrown.js';

/** Starts a batch of these items. `configure` resolves with the configuration of an item, `sessionOf` makes the handle of a session. */
export function runningBatch({ connection, title, list, keys, counts, options, configure, sessionOf, at }) {
  const run = async (signal, settle, progress) => {
    const opening = opened(options.journal);
    const open = () => connection.runtime.within(title, 'its journal was opened', opening, { ...options, signal }, at).catch((error) => {
      // It may still open.
      opening.then(({ store }) => store?.close()).catch(() => {});
      throw error;
    });
    const { timeoutMs, wholeMs } = await open();
    const { store, stored } = await opening;
    try {
      const settled = (index, status, id, error) => {
        const session = id === undefined ? {} : { session: sessionOf(id) };
        settle({ key: keys[index], index, item: list[index], status, ...session, ...(error !== undefined && { error }) });
      };
      const port = new JournalPort(keys, stored, store, { configure, settled, progress, options });
      const { concurrency, maxRunning, quota, autopilot } = options;
      const own = { ...quota, concurrency, maxRunning, timeoutMs, wholeMs, signal, autopilot };
      await connection.call(title, (core, given, end) => core.journalledBatch(port, withPilot(given), end), own);
    } catch (error) {
      await close(store).catch(() => {});
      throw error;
    }
    await close(store);
  };
  return new RunningBatch(run, counts, options);
}

/** What the core asks of the façade for a batch. */
class JournalPort {
  #configure;
  #store;
  #settled;
  #progress;
  #options;
  #thrown = new Map();

  constructor(keys, stored, store, { configure, settled, progress, options }) {
    this.keys = keys;
    const records = new Map(stored.entries);
    this.items = keys.map((key) => (records.has(key) ? parsed(records.get(key)) : undefined));
    for (const key of keys) records.delete(key);
    this.others = [...records.values()].map(parsed);
    this.isDamaged = Boolean(stored.isDamaged);
    this.#store = store;
    this.#configure = configure;
    this.#settled = settled;
    this.#progress = progress;
    this.#options = options;
  }

  async configure(index) {
    try {
      return await this.#configure(index);
    } catch (error) {
      this.#thrown.set(index, error);
      return undefined;
    }
  }

  async put(key, record) {
    await this.#store?.put(key, record);
  }

  settled({ index, status, id, fault }) {
    const error = fault ? toError(fault, this.#options) : this.#thrown.get(index);
    this.#thrown.delete(index);
    this.#settled(index, status, id, error);
  }

  progress(counts, quota) {
    this.#progress(quota ? { ...counts, quota } : counts);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Not a constant, so that no bundler puts the stores of Node into pages, or fails where it cannot split. */
const STORES = () => ['jules-wasm', 'stores'].join('/');

/** The store of this path, or the caller's own. */
async function storeOf(journal) {
  if (typeof journal !== 'string') return journal;
  try {
    const { fileStore } = await import(/* webpackIgnore: true */ /* @vite-ignore */ STORES());
    return fileStore(journal);
  } catch (cause) {
    const advice = "The program was bundled or has no file system: pass a store, such as fileStore(path) of 'jules-wasm/stores'";
    throw new JulesJournalError(`The journal ${journal} cannot be opened. No session was created. ${advice}.`, { cause });
  }
}

/** Opens the journal, if there is one. Resolves with its store and the contents. */
async function opened(journal) {
  const store = await storeOf(journal);
  if (!store) return { stored: { entries: [] } };
  const stored = await attempted('opened', 'No session was created.', () => store.open());
  if (typeof stored?.entries?.[Symbol.iterator] === 'function') return { store, stored: { ...stored, entries: [...stored.entries] } };
  throw new JulesJournalError('The open() of the journal must resolve with { entries, isDamaged }. No session was created.');
}

/** All records are written by now. */
const close = (store) => attempted('closed', 'The batch has ended, and all that it did is recorded.', () => inAMinute(store?.close()));

/** The result of a store's own work. */
async function inAMinute(work) {
  let cancel;
  const late = new Promise((_, reject) => (cancel = timer(60_000, () => reject(new Error('close() has not ended within a minute')))));
  return Promise.race([work, late]).finally(cancel);
}

/** Calls a store, which may be the caller's own. */
async function attempted(what, effect, act) {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof JulesError) throw cause;
    throw new JulesJournalError(`The journal cannot be ${what}: ${messageOf(cause)}. ${effect}`, { cause });
  }
}
