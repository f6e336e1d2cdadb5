/**
 * Stores of the journals of `jules.batch`. Each function creates a store; nothing is opened before a batch uses it. One batch at a
 * time uses a store.
 *
 * @module jules-wasm/stores
 */

/**
 * The store of a journal: a map of texts that survives the process. Write your own for another database by these three methods.
 *
 * @example
 * ```ts
 * import type { JournalStore } from 'jules-wasm/stores';
 *
 * const records = new Map<string, string>();
 * const store: JournalStore = {
 *   open: async () => ({ entries: [...records] }),
 *   put: async (key, record) => void records.set(key, record),
 *   close: async () => {},
 * };
 * console.log(await store.open());
 * ```
 */
export interface JournalStore {
  /**
   * Opens the store and locks it against other processes. Resolves with all records by key. `isDamaged`: whether records were
   * lost of which not even the keys are known; then all items without a record are searched for before they are created.
   * Rejects if the store cannot be read or written, or is in use: then no session is created.
   */
  open(): Promise<{
    /** All records by key. */
    entries: Iterable<readonly [key: string, record: string]>;
    /** Whether records were lost of which not even the keys are known. Default false. */
    isDamaged?: boolean | undefined;
  }>;
  /**
   * Writes the record of this key, in place of the old one. Resolves when the record survives a crash; a crash before that leaves
   * the old record or the new one. If it rejects, the batch creates no further session and ends.
   */
  put(key: string, record: string): Promise<void>;
  /** Unlocks and closes the store. Called at the end of the batch, which waits for it for a minute at most. */
  close(): Promise<void>;
}

/**
 * A journal in memory, for tests: it survives a batch, not the process.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 * import { memoryStore } from 'jules-wasm/stores';
 *
 * const batch = jules.batch(['Fix bug A'], (prompt) => ({ prompt }), { key: (prompt) => prompt, journal: memoryStore() });
 * for await (const item of batch) console.log(item.key, item.status);
 * ```
 */
export function memoryStore(): JournalStore;

/**
 * A journal in a file of Node, Deno or Bun; the same as its path as the `journal` of a batch. The folder must exist. Each record is
 * appended and synced to the disk. A record that is cut off or corrupt costs that record alone. A second process that opens the
 * file is rejected with a `JulesJournalError`; the file of a process that was killed can be opened at once. Processes of other
 * machines on a shared disk are never taken for dead.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 * import { fileStore } from 'jules-wasm/stores';
 *
 * const batch = jules.batch(['Fix bug A'], (prompt) => ({ prompt }), { key: (prompt) => prompt, journal: fileStore('batch.journal') });
 * for await (const item of batch) console.log(item.key, item.status);
 * ```
 */
export function fileStore(path: string): JournalStore;

/**
 * A journal in a database of IndexedDB with this name, for pages. Where the browser has Web Locks, another tab that opens it is
 * rejected with a `JulesJournalError`.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 * import { indexedDbStore } from 'jules-wasm/stores';
 *
 * export async function fixBugs(prompts: string[]): Promise<void> {
 *   const journal = indexedDbStore('bugs');
 *   const batch = jules.batch(prompts, (prompt) => ({ prompt }), { key: (prompt) => prompt, journal });
 *   for await (const item of batch) console.log(item.key, item.status);
 * }
 * ```
 */
export function indexedDbStore(name: string): JournalStore;

/** A key-value store with the methods of a namespace of Workers KV. */
export interface KeyValueNamespace {
  /** The text of this key, or null. */
  get(key: string): Promise<string | null>;
  /** Sets the text of this key. */
  put(key: string, value: string): Promise<void>;
  /** A page of the keys. */
  list(options: {
    prefix?: string | null;
    cursor?: string | null;
  }): Promise<{
    /** The keys of this page. */
    keys: {
      /** The key. */
      name: string;
    }[];
    /** Whether this is the last page. */
    list_complete: boolean;
    /** Continues the list. */
    cursor?: string;
  }>;
}

/**
 * A journal in a key-value store such as Workers KV, one key for each record. `prefix` (default `jules-wasm:`) distinguishes the
 * journals in one namespace. There is no lock: run one batch at a time. Workers KV shows writes elsewhere only after up to a minute;
 * continue a batch in the same location, or later.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 * import { keyValueStore, type KeyValueNamespace } from 'jules-wasm/stores';
 *
 * export default {
 *   async scheduled(event: unknown, env: { JOURNAL: KeyValueNamespace }): Promise<void> {
 *     const journal = keyValueStore(env.JOURNAL, { prefix: 'nightly:' });
 *     const batch = jules.batch(['Fix bug A'], (prompt) => ({ prompt }), { key: (prompt) => prompt, journal });
 *     for await (const item of batch) console.log(item.key, item.status);
 *   },
 * };
 * ```
 */
export function keyValueStore(namespace: KeyValueNamespace, options?: { prefix?: string | undefined }): JournalStore;
