/** Functions of callers: their async context and their errors. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';

import { connect, JulesBatchError, JulesNetworkError } from 'jules-wasm';
import { optionsFor, startService } from './support/fake-service.mjs';
import { runNode } from './tools.mjs';

const storage = new AsyncLocalStorage();
const names = ['a', 'b', 'c'];

/** The responses of a session that is completed at the third poll. */
function fetchOf(note = () => {}) {
  const polls = new Map();
  return async (url, { method, body }) => {
    note(url, method, body);
    // Responses arrive from another async context, as over a network.
    await new Promise((resolve) => setImmediate(resolve));
    const { pathname } = new URL(url);
    if (method === 'POST') return Response.json({ name: 'sessions/1', id: '1' });
    if (pathname.endsWith('activities')) return Response.json({});
    const id = pathname.split('/').at(-1);
    if (id === 'sessions') return Response.json({}, { status: 403 });
    polls.set(id, (polls.get(id) ?? 0) + 1);
    return Response.json({ name: `sessions/${id}`, id, state: polls.get(id) < 3 ? 'IN_PROGRESS' : 'COMPLETED' });
  };
}

const client = (options) => connect({ apiKey: 'k', config: { pollingIntervalMs: 5 }, ...options });

test('a callback runs in the async context of the call that it was given to', async () => {
  const jules = client({ fetch: fetchOf() });
  const seen = [];
  const note = (what, name) => () => void seen.push([what, name, storage.getStore()]);
  await Promise.all(names.flatMap((name, index) => [
    storage.run(name, () => jules.session(`1${index}`).result({ onUpdate: note('result', name) })),
    storage.run(name, () => jules.session(`1${index}`).wait({ onUpdate: note('wait', name) })),
    storage.run(name, () => jules.all([1, 2, 3], (item) => (note('mapper', name)(), { prompt: `${name} ${item}` }))),
  ]));
  for (const what of ['result', 'wait', 'mapper']) assert.ok(seen.filter(([kind]) => kind === what).length >= 6, what);
  assert.deepEqual(seen.filter(([, name, store]) => name !== store), []);
});

test('the logger and a custom fetch run in the async context of their call', async () => {
  const seen = [];
  const note = (line) => void seen.push([storage.getStore(), line]);
  const jules = client({ fetch: fetchOf((_, __, body) => note(body)), logger: { debug: note, info: note, warn: note } });
  await Promise.all(names.map((name) => storage.run(name, () => jules.session({ prompt: name }))));
  assert.deepEqual(seen.filter(([, line]) => !line.includes('answered')), names.map((name) => [name, JSON.stringify({ prompt: name, requirePlanApproval: true })]));
  assert.deepEqual(seen.filter(([, line]) => line.includes('answered')).map(([store]) => store).sort(), names);
});

/** Asserts that there are no unhandled rejections while this runs. */
async function leavesNothingUnhandled(act) {
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on('unhandledRejection', note);
  await act();
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, []);
}

const failures = {
  'an async function': async () => { throw new Error('mine'); },
  'a function that throws': () => { throw new Error('mine'); },
  'no real promise': () => ({ then: (_, reject) => reject(new Error('mine')) }),
  'what throws when it is taken for a promise': () => ({ get then() { throw new Error('mine'); } }),
};

test('a failing logger ends no call', async (t) => {
  const service = await startService(t);
  for (const [way, fails] of Object.entries(failures)) {
    await leavesNothingUnhandled(async () => {
      const jules = connect({ ...optionsFor(service), logger: { debug: fails, warn: fails } });
      const sessions = await jules.all(names, (prompt) => ({ prompt }));
      const outcomes = await Promise.all(sessions.map((session) => session.result()));
      assert.deepEqual(outcomes.map(({ state }) => state), Array(3).fill('completed'), way);
    });
  }
});

test('a failing mapper does not affect other items, also after the end of the batch', async (t) => {
  const service = await startService(t);
  const jules = connect(optionsFor(service));
  for (const [way, fails] of Object.entries(failures)) {
    await leavesNothingUnhandled(async () => {
      const mapper = (prompt) => (prompt === 'b' ? fails() : { prompt });
      await assert.rejects(jules.all(names, mapper, { stopOnError: false }), (error) => {
        assert.deepEqual([error.sessions.map(Boolean), error.failures.map(({ index }) => index)], [[true, false, true], [1]], way);
        return error instanceof JulesBatchError;
      });
    });
  }
  await leavesNothingUnhandled(async () => {
    let fail;
    const late = new Promise((_, reject) => (fail = reject));
    await assert.rejects(jules.all(['a'], () => late, { timeoutMs: 5 }), JulesBatchError);
    fail(new Error('late'));
  });
});

test('a failing fetch ends only its own call, also after the end of that call', async () => {
  for (const [way, fails] of Object.entries(failures)) {
    await leavesNothingUnhandled(async () => {
      const served = fetchOf();
      const fetch = (url, init) => (url.includes('/13') ? fails() : served(url, init));
      const jules = client({ fetch, config: { rateLimitRetry: { maxRetryTimeMs: 0 } } });
      const [bad, good] = await Promise.allSettled(['13', '1'].map((id) => jules.session(id).info({ activities: false })));
      assert.ok(bad.reason instanceof JulesNetworkError, `${way}: ${bad.reason?.stack}`);
      assert.equal(good.status, 'fulfilled', way);
    });
  }
  await leavesNothingUnhandled(async () => {
    let fail;
    const fetch = () => new Promise((_, reject) => (fail = reject));
    await assert.rejects(client({ fetch }).session('1').info({ timeoutMs: 5 }));
    fail(new Error('late'));
  });
});

test('in a program of its own an async logger that rejects does not end the process, and a batch keeps its ids', async () => {
  const { code, stdout, stderr } = await runNode(`
    import { connect } from 'jules-wasm';
    import { createEmulator } from 'jules-wasm/emulator';
    const fails = async () => { throw new Error('full'); };
    const jules = connect({ ...(await createEmulator()), logger: { debug: fails, warn: fails } });
    const error = await jules.all([1, 2, 3], (n) => ({ prompt: n === 2 ? '' : 'p' + n }), { stopOnError: false }).catch((e) => e);
    console.log(error.sessions.filter(Boolean).length);
  `);
  assert.deepEqual([code, stderr, stdout], [0, '', '2\n']);
});
