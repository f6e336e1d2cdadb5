// A journal in IndexedDB, locked against other tabs by the Web Locks API where there is one.
import { JulesJournalError } from '../errors.js';

const RECORDS = 'records';

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Resolves when the transaction is on the disk. */
const committed = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('The transaction was aborted.'));
  });

export function indexedDbStore(name) {
  let database;
  let unlock = () => {};
  return {
    async open() {
      unlock = await locked(`jules-wasm:${name}`);
      try {
        const opening = globalThis.indexedDB.open(`jules-wasm:${name}`, 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore(RECORDS);
        database = await done(opening);
        const records = database.transaction(RECORDS).objectStore(RECORDS);
        const [keys, values] = await Promise.all([done(records.getAllKeys()), done(records.getAll())]);
        return { entries: keys.map((key, index) => [key, values[index]]), isDamaged: false };
      } catch (error) {
        await this.close();
        throw error;
      }
    },
    async put(key, record) {
      const transaction = database.transaction(RECORDS, 'readwrite', { durability: 'strict' });
      transaction.objectStore(RECORDS).put(record, key);
      await committed(transaction);
    },
    async close() {
      database?.close();
      database = undefined;
      await unlock();
    },
  };
}

/** Takes the lock, which the browser releases when the tab ends. Resolves with the function that releases it. */
function locked(name) {
  const { locks } = globalThis.navigator ?? {};
  if (!locks) return () => {};
  return new Promise((resolve, reject) => {
    const hold = (lock) => {
      if (!lock) throw new JulesJournalError(`The journal ${name} is in use by another tab or batch. No session was created.`);
      return new Promise((release) => {
        // The lock is released some time after that.
        resolve(async () => {
          release();
          await held;
        });
      });
    };
    const held = locks.request(name, { ifAvailable: true }, hold);
    held.catch(reject);
  });
}
