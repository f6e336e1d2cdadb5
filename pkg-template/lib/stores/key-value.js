// A journal in a key-value store with the methods of Workers KV: one key for each record.
import { JulesJournalError } from '../errors.js';

/** The longest key of Workers KV, in bytes. */
const LONGEST_KEY = 512;

export function keyValueStore(kv, { prefix = 'jules-wasm:' } = {}) {
  const nameOf = (key) => {
    const name = `${prefix}${key}`;
    if (new TextEncoder().encode(name).length > LONGEST_KEY) {
      throw new JulesJournalError(`The key ${key.slice(0, 40)}… is too long for a key-value store: at most ${LONGEST_KEY} bytes with the prefix.`);
    }
    return name;
  };
  return {
    async open() {
      const names = [];
      let cursor;
      do {
        const page = await kv.list({ prefix, cursor });
        names.push(...page.keys.map(({ name }) => name));
        cursor = page.list_complete ? undefined : page.cursor;
      } while (cursor);
      const read = async (name) => [name.slice(prefix.length), await kv.get(name)];
      const entries = [];
      // Workers allow six connections at a time.
      for (let at = 0; at < names.length; at += 6) entries.push(...(await Promise.all(names.slice(at, at + 6).map(read))));
      return { entries, isDamaged: false };
    },
    async put(key, record) {
      await kv.put(nameOf(key), record);
    },
    async close() {},
  };
}
