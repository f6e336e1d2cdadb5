import { JulesJournalError } from '../errors.js';

/** A journal in memory, for tests. */
export function memoryStore() {
  const records = new Map();
  let isOpen = false;
  return {
    async open() {
      if (isOpen) throw new JulesJournalError('The journal in memory is in use by another batch. No session was created.');
      isOpen = true;
      return { entries: [...records], isDamaged: false };
    },
    async put(key, record) {
      records.set(key, record);
    },
    async close() {
      isOpen = false;
    },
  };
}
