/** jules.tick(): the state, bad input, save, and batches that are driven by ticks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect, InvalidArgumentError, JulesAuthenticationError, JulesJournalError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

async function setUp(options = {}) {
  const emulator = await createEmulator({ clock: 'virtual', ...options });
  const config = { pollingIntervalMs: 1, rateLimitRetry: { baseDelayMs: 1 } };
  const creates = () => emulator.requests.filter(({ method, url }) => method === 'POST' && url.endsWith('/sessions')).length;
  return { emulator, jules: connect({ ...emulator, config }), creates };
}

const own = (item) => item;
const map = (prompt) => ({ prompt });
const statuses = (state) => state.items.map(({ status }) => status);

/** Ticks until the batch is done. Each state goes through JSON and a structured clone, as a store keeps it. */
async function drive({ emulator, jules }, options, state) {
  for (let ticks = 1; ticks < 200; ticks++) {
    const before = emulator.requests.length;
    state = structuredClone(JSON.parse(JSON.stringify(await jules.tick(state, options))));
    assert.ok(emulator.requests.length - before <= options.maxRequests);
    if (state.done) return { state, ticks };
    await emulator.advance(1_000);
  }
  assert.fail(`not done: ${JSON.stringify(state)}`);
}

test('twenty sessions are created and settled by ticks of ten requests', async () => {
  const setting = await setUp();
  const items = Array.from({ length: 20 }, (_, index) => `Task ${index}`);
  const { state, ticks } = await drive(setting, { items, map, key: own, maxRequests: 10, maxMs: 10_000 });
  assert.deepEqual([statuses(state), setting.creates()], [items.map(() => 'completed'), 20]);
  assert.ok(ticks < 20, `${ticks} ticks`);
  assert.deepEqual(state.items.map(({ key }) => key), items);
  assert.deepEqual(state.counts, { total: 20, waiting: 0, creating: 0, running: 0, completed: 20, failed: 0, waitFailed: 0, notCreated: 0, unknown: 0 });
  assert.equal((await setting.jules.session(state.items[7].sessionId).result()).state, 'completed');
  assert.equal(state.nextTickAt, undefined);
});

test('the state says what runs, and when the next tick is worthwhile', async () => {
  const { jules } = await setUp({ scenario: 'question', stepMs: 10 });
  const options = { items: ['a'], map, key: own };
  let state = await jules.tick(undefined, options);
  assert.deepEqual([state.version, state.revision, state.done, statuses(state)], [1, 1, false, ['running']]);
  assert.ok(Number.isFinite(Date.parse(state.nextTickAt)));
  const session = jules.session(state.items[0].sessionId);
  await session.waitFor('awaitingUserFeedback');
  state = await jules.tick(state, options);
  assert.equal(state.items[0].state, 'awaitingUserFeedback');
  await session.send('Yes.');
  await session.result();
  state = await jules.tick(state, options);
  assert.deepEqual([state.done, statuses(state)], [true, ['completed']]);
});

test('`save` gets the state before each create, one after the other', async () => {
  const { jules, creates } = await setUp();
  const saved = [];
  const save = async (state) => {
    assert.ok(creates() <= saved.length, 'saved before the create');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    saved.push(state);
  };
  const state = await jules.tick(null, { items: ['a', 'b', 'c'], map, key: own, save, maxMs: 5_000 });
  assert.deepEqual(saved.map(({ revision }) => revision), [1, 2, 3]);
  assert.deepEqual([state.revision, creates()], [4, 3]);
  assert.ok(saved.every(({ version, items }) => version === 1 && items.length === 3));
});

test('a state that cannot be saved rejects the tick, and nothing is created for its item', async () => {
  const { jules, creates } = await setUp();
  const save = async () => {
    throw new Error('revision 1 is there already');
  };
  await assert.rejects(jules.tick(undefined, { items: ['a', 'b'], map, key: own, save }), (error) => {
    assert.ok(error instanceof JulesJournalError && error.cause.message === 'revision 1 is there already', error);
    assert.match(error.message, /^The state of the batch cannot be saved: revision 1 is there already\. No further session is created/);
    return true;
  });
  assert.equal(creates(), 0);
});

test('a state that is lost is found again by the sessions, and nothing is created twice', async () => {
  const setting = await setUp();
  const options = { items: ['a', 'b', 'c'], map: (item) => ({ prompt: 'the same', title: `Task ${item}` }), key: own, name: 'run-1', maxRequests: 10 };
  await setting.jules.tick(undefined, options);
  const { state } = await drive(setting, options);
  assert.deepEqual([statuses(state), setting.creates()], [['completed', 'completed', 'completed'], 3]);
  const titles = (await setting.jules.sessions().all()).map(({ title }) => title);
  assert.ok(titles.every((title) => /^Task [abc] \[.{6}-.{8}\]$/.test(title)), `${titles}`);
  const other = await drive(setting, { ...options, name: 'run-2' });
  assert.deepEqual([other.state.done, setting.creates()], [true, 6]);
});

test('items come and go, and keep their sessions', async () => {
  const setting = await setUp();
  const options = (items) => ({ items, map, key: own, maxRequests: 10 });
  let state = await setting.jules.tick(undefined, options(['a', '__proto__']));
  state = await setting.jules.tick(state, options(['b', 'a']));
  assert.deepEqual([state.items.map(({ key }) => key), state.counts.total], [['b', 'a', '__proto__'], 2]);
  ({ state } = await drive(setting, options(['__proto__', 'a', 'b']), state));
  assert.deepEqual([statuses(state), setting.creates()], [['completed', 'completed', 'completed'], 3]);
});

test('what map throws or returns costs its item, until that is removed from the state', async () => {
  const setting = await setUp();
  let throws = true;
  const broken = (item) => {
    if (item === 'a' && throws) throw new Error('no such issue');
    return item === 'b' ? { prompt: 3 } : { prompt: item };
  };
  const options = { items: ['a', 'b', 'c'], map: broken, key: own, maxRequests: 10 };
  let { state } = await drive(setting, options);
  assert.deepEqual(statuses(state), ['notCreated', 'notCreated', 'completed']);
  assert.deepEqual([state.items[0].error, /prompt/.test(state.items[1].error)], ['no such issue', true]);
  throws = false;
  state.items = state.items.filter(({ key }) => key !== 'a');
  ({ state } = await drive(setting, options, state));
  assert.deepEqual(statuses(state), ['completed', 'notCreated', 'completed']);
});

test('bad input rejects before any request', async () => {
  const { jules, emulator } = await setUp();
  const good = { items: ['a'], map, key: own };
  const cases = [
    [undefined, undefined, 'items'],
    [undefined, { ...good, items: 3 }, 'items'],
    [undefined, { ...good, map: undefined }, 'map'],
    [undefined, { ...good, map: 'x' }, 'map'],
    [undefined, { ...good, key: undefined }, 'key'],
    [undefined, { ...good, items: ['a', 'a'] }, 'key(items[1])'],
    [undefined, { ...good, maxRequests: 1 }, 'maxRequests'],
    [undefined, { ...good, maxMs: 0 }, 'maxMs'],
    [undefined, { ...good, quota: 'gold' }, 'quota'],
    [undefined, { ...good, quota: { perDay: 0 } }, 'quota.perDay'],
    [undefined, { ...good, save: true }, 'save'],
    [undefined, { ...good, journal: 'x' }, 'journal'],
    ['{}', good, 'state'],
    [{}, good, 'state'],
    [[], good, 'state'],
    [{ version: 2, items: [] }, good, 'state'],
    [{ version: 1, items: [] }, good, 'state'],
    [{ version: 1, batch: 'abcdef', items: [{ key: 'a', status: 'lost' }] }, good, 'state'],
  ];
  for (const [state, options, field] of cases) {
    await assert.rejects(jules.tick(state, options), (error) => {
      assert.ok(error instanceof InvalidArgumentError && error.field === field, `${field}: ${error}`);
      return true;
    });
  }
  assert.equal(emulator.requests.length, 0);
});

test('a wrong key rejects the tick', async () => {
  const { emulator } = await setUp({ apiKey: 'right' });
  const jules = connect({ ...emulator, apiKey: 'wrong', config: { rateLimitRetry: { baseDelayMs: 1 } } });
  await assert.rejects(jules.tick(undefined, { items: ['a'], map, key: own }), JulesAuthenticationError);
});
