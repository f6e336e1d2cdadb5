/** jules.batch(): the handle, bad input, and stores. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { connect, InvalidArgumentError, JulesJournalError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';
import { memoryStore } from 'jules-wasm/stores';

async function setUp(options = {}) {
  const emulator = await createEmulator({ clock: 'virtual', ...options });
  const config = { pollingIntervalMs: 1, rateLimitRetry: { baseDelayMs: 1 } };
  const creates = () => emulator.requests.filter(({ method, url }) => method === 'POST' && url.endsWith('/sessions')).length;
  return { emulator, jules: connect({ ...emulator, config }), creates };
}

const task = (prompt) => ({ prompt });
const own = (item) => item;

async function all(batch) {
  const items = [];
  for await (const item of batch) items.push(item);
  return items;
}

function withResolvers() {
  const own = {};
  own.promise = new Promise((resolve) => (own.resolve = resolve));
  return own;
}

function temporary(t) {
  const folder = mkdtempSync(join(tmpdir(), 'jules-journal-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a batch yields each item once, with its session and its counts', async () => {
  const { jules } = await setUp();
  const seen = [];
  const batch = jules.batch(['a', 'b', 'c'], task, { key: own, onProgress: (counts) => seen.push(counts) });
  assert.deepEqual(batch.counts, { total: 3, waiting: 3, creating: 0, running: 0, completed: 0, failed: 0, waitFailed: 0, notCreated: 0, unknown: 0 });
  const items = await all(batch);
  assert.deepEqual(items.map(({ key }) => key).sort(), ['a', 'b', 'c']);
  assert.ok(items.every(({ key, item, index, status }) => key === item && 'abc'[index] === key && status === 'completed'));
  assert.equal((await items[0].session.result()).state, 'completed');
  assert.deepEqual([batch.counts.completed, seen.at(-1)], [3, batch.counts]);
});

test('a batch with the same journal creates nothing twice', async (t) => {
  const folder = temporary(t);
  for (const journal of [join(folder, 'a.journal'), memoryStore()]) {
    const { jules, creates } = await setUp();
    const first = await all(jules.batch(['a', 'b'], task, { key: own, journal }));
    const again = await all(jules.batch(['a', 'b', 'c'], task, { key: own, journal }));
    assert.deepEqual([first.length, again.length, creates()], [2, 3, 3]);
  }
  assert.deepEqual(readdirSync(folder), ['a.journal'], 'no lock is left');
});

test('bad input is rejected at once, before any request', async () => {
  const { jules, emulator } = await setUp();
  const cases = [
    [() => jules.batch(null, task, { key: own }), 'items'],
    [() => jules.batch(['a'], 'x', { key: own }), 'mapper'],
    [() => jules.batch(['a'], task), 'key'],
    [() => jules.batch(['a', 'b', 'a'], task, { key: own }), 'key(items[2])'],
    [() => jules.batch(['a'], task, { key: () => '' }), 'key(items[0])'],
    [() => jules.batch(['a'], task, { key: () => 7 }), 'key(items[0])'],
    [() => jules.batch(['a', '\ud83d'], task, { key: own }), 'key(items[1])'],
    [() => jules.batch(['a'], task, { key: () => { throw new Error('no'); } }), 'key(items[0])'],
    [() => jules.batch(['a'], task, { key: own, quota: { concurrent: 0 } }), 'quota.concurrent'],
    [() => jules.batch(['a'], task, { key: own, quota: { perDay: 0 } }), 'quota.perDay'],
    [() => jules.batch(['a'], task, { key: own, quota: 'gold' }), 'quota'],
    [() => jules.batch(['a'], task, { key: own, journal: {} }), 'journal'],
    [() => jules.batch(['a'], task, { key: own, journal: '' }), 'journal'],
    [() => jules.batch(['a'], task, { key: own, maxRunning: 0 }), 'maxRunning'],
  ];
  for (const [call, field] of cases) assert.throws(call, (error) => error instanceof InvalidArgumentError && error.field === field, field);
  assert.equal(emulator.requests.length, 0);
});

test('an item whose map throws or returns nonsense is not created, and the others are', async () => {
  const { jules, creates } = await setUp();
  const broken = new Error('broken');
  const map = (item) => {
    if (item === 'throws') throw broken;
    return item === 'nonsense' ? { promt: 'x' } : { prompt: item };
  };
  const items = await all(jules.batch(['throws', 'good', 'nonsense'], map, { key: own }));
  const byKey = Object.fromEntries(items.map((item) => [item.key, item]));
  assert.deepEqual([byKey.throws.status, byKey.throws.error], ['notCreated', broken]);
  assert.ok(byKey.nonsense.error instanceof InvalidArgumentError);
  assert.deepEqual([byKey.good.status, creates()], ['completed', 1]);
});

test('leaving the loop ends the batch, and a later run goes on', async () => {
  const { jules, creates } = await setUp();
  const journal = memoryStore();
  const items = ['a', 'b', 'c', 'd'];
  const batch = jules.batch(items, task, { key: own, journal, maxRunning: 1 });
  for await (const item of batch) {
    assert.equal(item.status, 'completed');
    break;
  }
  assert.ok(creates() < 4);
  assert.equal((await all(jules.batch(items, task, { key: own, journal }))).length, 4);
  assert.equal(creates(), 4);
});

test('an aborted batch throws the reason and leaves its journal free', async () => {
  const { jules } = await setUp({ scenario: 'stall' });
  const journal = memoryStore();
  const controller = new AbortController();
  const batch = jules.batch(['a'], task, { key: own, journal, signal: controller.signal, onProgress: ({ running }) => running && controller.abort() });
  await assert.rejects(all(batch), { name: 'AbortError' });
  await journal.open();
});

test('two batches with one journal: the second is refused before any request', async (t) => {
  const path = join(temporary(t), 'a.journal');
  for (const journal of [path, memoryStore()]) {
    const { jules, emulator } = await setUp({ scenario: 'stall' });
    const first = jules.batch(['a'], task, { key: own, journal });
    while (first.counts.running === 0) await new Promise(setImmediate);
    const before = emulator.requests.filter(({ method }) => method === 'POST').length;
    await assert.rejects(all(jules.batch(['b'], task, { key: own, journal })), JulesJournalError);
    assert.equal(emulator.requests.filter(({ method }) => method === 'POST').length, before);
    await first.return();
  }
});

test('a journal that cannot be opened or written is an error before anything is created', async (t) => {
  const folder = temporary(t);
  writeFileSync(join(folder, 'text.txt'), 'A file of mine\nwith two lines\n');
  writeFileSync(join(folder, 'short.txt'), 'mine');
  const full = { open: async () => ({ entries: [] }), put: async () => { throw new Error('ENOSPC: no space left'); }, close: async () => {} };
  for (const journal of [join(folder, 'missing', 'a.journal'), join(folder, 'text.txt', 'a.journal'), join(folder, 'text.txt'), join(folder, 'short.txt'), folder, full]) {
    const { jules, emulator } = await setUp();
    await assert.rejects(all(jules.batch(['a'], task, { key: own, journal })), JulesJournalError, String(journal));
    assert.equal(emulator.requests.length, 0);
  }
  assert.equal(readFileSync(join(folder, 'text.txt'), 'utf8'), 'A file of mine\nwith two lines\n');
  assert.equal(readFileSync(join(folder, 'short.txt'), 'utf8'), 'mine');
  assert.ok(!existsSync(join(folder, 'missing')));
});

test('a journal that takes too long to open does not hold the batch, and is closed when it is open', async () => {
  for (const [name, bound] of Object.entries({ TimeoutError: { timeoutMs: 50 }, AbortError: { signal: AbortSignal.abort() } })) {
    const { jules, emulator } = await setUp();
    const { promise: opened, resolve: open } = withResolvers();
    const { promise: closed, resolve: close } = withResolvers();
    const journal = { open: () => opened, put: async () => {}, close: async () => close() };
    await assert.rejects(all(jules.batch(['a'], task, { key: own, journal, ...bound })), (error) => {
      assert.deepEqual([error.name, error.outcome], [name, 'notSent']);
      return name === 'AbortError' || error.message.includes('within 50 ms');
    });
    open({ entries: [] });
    await closed;
    assert.equal(emulator.requests.length, 0);
  }
});

test('a journal that cannot be closed is an error of its own, and hides none of the batch', async () => {
  const journal = { open: async () => ({ entries: [] }), put: async () => {}, close: async () => { throw new Error('gone'); } };
  const { jules, creates } = await setUp();
  const items = [];
  const read = async () => {
    for await (const item of jules.batch(['a'], task, { key: own, journal })) items.push(item.status);
  };
  await assert.rejects(read(), (error) => error instanceof JulesJournalError && /cannot be closed: gone/.test(error.message));
  assert.deepEqual([items, creates()], [['completed'], 1]);
  const { jules: slow } = await setUp({ scenario: 'stall' });
  await assert.rejects(all(slow.batch(['a'], task, { key: own, journal, timeoutMs: 50 })), { name: 'TimeoutError' });
});

test('a journal whose close() never ends does not hold the batch', async (t) => {
  const never = new Promise(() => {});
  const close = () => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    setImmediate(() => t.mock.timers.tick(60_000));
    return never;
  };
  const { jules } = await setUp();
  const journal = { open: async () => ({ entries: [] }), put: async () => {}, close };
  await assert.rejects(all(jules.batch(['a'], task, { key: own, journal })), (error) => error instanceof JulesJournalError && /cannot be closed.*within a minute/.test(error.message));
});

test('a journal of another version is refused', async () => {
  const { jules, emulator } = await setUp();
  const journal = memoryStore();
  await journal.put('a', JSON.stringify({ v: '9', batch: 'abcdef', is: 'begun' }));
  await assert.rejects(all(jules.batch(['a'], task, { key: own, journal })), /another version/);
  assert.equal(emulator.requests.length, 0);
});

test('the quota of a plan limits the sessions that run', async () => {
  const { jules, creates } = await setUp({ quota: { concurrent: 3, daily: 15 } });
  const running = [];
  const items = Array.from({ length: 9 }, (_, index) => `task ${index}`);
  const batch = jules.batch(items, task, { key: own, quota: 'free', onProgress: ({ quota }) => running.push(quota.running) });
  assert.equal((await all(batch)).length, 9);
  assert.deepEqual([Math.max(...running), creates(), batch.counts.quota.day], [3, 9, 9]);
});

test('all() limits the sessions that run, and reports its progress', async () => {
  const { jules, emulator } = await setUp();
  const seen = [];
  const sessions = await jules.all(['a', 'b', 'c'], task, { maxRunning: 1, onProgress: (counts) => seen.push(counts) });
  assert.deepEqual(seen, [1, 2, 3].map((created) => ({ total: 3, created, failed: 0 })));
  const states = (await emulator.sessions()).map(({ state }) => state);
  assert.deepEqual([sessions.length, states.slice(0, 2)], [3, ['COMPLETED', 'COMPLETED']]);
});
