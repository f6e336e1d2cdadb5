/**
 * What every store of a journal must do, for any runtime. Resolves with the promises that are broken.
 *
 * @param create creates a store over the same data each time
 * @param locks whether a second batch is refused
 */
export async function contract(create, locks) {
  const broken = [];
  const check = (promise, holds) => holds || broken.push(promise);
  const contents = async (store) => JSON.stringify([...(await store.open()).entries].sort());
  const store = create();
  check('a new store is empty', (await contents(store)) === '[]');
  await store.put('', 'header');
  await Promise.all(['a', 'b', 'c'].map((key) => store.put(key, `first ${key}`)));
  await store.put('b', 'second');
  const long = 'ä✓\n"\\'.repeat(2_000);
  await store.put('a key with spaces/slashes, "quotes" and ünïcode ✓', long);
  if (locks) {
    const refused = await create().open().then(() => false, (error) => error.name === 'JulesJournalError');
    check('a second batch is refused', refused);
  }
  await store.close();
  const expected = [['', 'header'], ['a', 'first a'], ['a key with spaces/slashes, "quotes" and ünïcode ✓', long], ['b', 'second'], ['c', 'first c']].sort();
  const again = create();
  check('all records are kept, the last one of each key', (await contents(again)) === JSON.stringify(expected));
  await again.put('c', 'third');
  await again.close();
  const last = create();
  check('a store can be opened again', (await contents(last)).includes('third'));
  await last.close();
  return broken;
}

/** A namespace with the methods of Workers KV, which lists two keys a page. */
export function namespace() {
  const texts = new Map();
  return {
    get: async (key) => texts.get(key) ?? null,
    put: async (key, text) => void texts.set(key, text),
    list: async ({ prefix, cursor = '0' }) => {
      const names = [...texts.keys()].filter((key) => key.startsWith(prefix)).sort();
      const end = Number(cursor) + 2;
      const page = { keys: names.slice(Number(cursor), end).map((name) => ({ name })), list_complete: end >= names.length };
      return page.list_complete ? page : { ...page, cursor: String(end) };
    },
  };
}
