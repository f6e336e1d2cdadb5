/** Mocked timers and queues, and their restoration. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect, JulesError } from 'jules-wasm';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const session = (state) => async () => Response.json({ name: 'sessions/1', id: '1', state: typeof state === 'function' ? state() : state });
const client = (fetch, config) => connect({ apiKey: 'k', fetch, config: { pollingIntervalMs: 5, ...config } });

/** Replaces these globals. Returns a function that restores them. */
function replace(fakes) {
  const real = Object.fromEntries(Object.keys(fakes).map((name) => [name, globalThis[name]]));
  Object.assign(globalThis, fakes);
  return () => Object.assign(globalThis, real);
}

/** Timers like those of a test library: they know only their own ids and fire on demand. */
function fakeTimers() {
  const timers = new Map();
  return {
    ring: () => [...timers].forEach(([id, then]) => timers.delete(id) && then()),
    fakes: {
      setTimeout: (then) => (timers.set(timers.size + 1, then), timers.size),
      clearTimeout: (id) => {
        if (typeof id !== 'number') throw new TypeError('Cannot clear timer: it is none of these');
        timers.delete(id);
      },
    },
  };
}

test('a call started while queueMicrotask is mocked does not hang, nor do later ones', async () => {
  const queue = [];
  const restore = replace({ queueMicrotask: (task) => void queue.push(task) });
  const during = client(session('COMPLETED')).session('1').info({ activities: false });
  restore();
  assert.equal((await during).state, 'completed');
  for (const jules of [client(session('COMPLETED')), client(session('COMPLETED'))]) {
    assert.equal((await jules.session('1').waitFor('completed', { timeoutMs: 5000 })).state, 'completed');
  }
  assert.deepEqual(queue, []);
});

test('timers that are mocked and restored during a call end no call', async () => {
  let polls = 0;
  const jules = client(session(() => (++polls < 6 ? 'IN_PROGRESS' : 'COMPLETED')));
  const waiting = jules.session('1').waitFor('completed');
  while (polls < 2) await turn();
  const { fakes, ring } = fakeTimers();
  const restore = replace(fakes);
  for (let i = 0; i < 20 && polls < 4; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    ring();
  }
  restore();
  for (let i = 0; i < 5; i++) {
    await turn();
    ring();
  }
  assert.equal((await waiting).state, 'completed');
  assert.equal((await jules.session('1').info({ activities: false })).state, 'completed');
});

test('a clearTimeout that throws does not affect other calls', async () => {
  const restore = replace({ clearTimeout: () => { throw new Error('not here'); } });
  const jules = client(session('IN_PROGRESS'), { pollingIntervalMs: 20 });
  for (let i = 0; i < 5; i++) await jules.session('1').info({ activities: false, timeoutMs: 300 });
  restore();
  const begun = performance.now();
  await assert.rejects(jules.session('1').waitFor('completed', { timeoutMs: 400 }), { name: 'TimeoutError' });
  assert.ok(performance.now() - begun >= 395);
});

test('a setTimeout that throws rejects only the call that needs it', async () => {
  const jules = client(session('IN_PROGRESS'));
  const another = client(session('IN_PROGRESS'), { pollingIntervalMs: 60_000 });
  const other = another.session('2').waitFor('completed', { timeoutMs: 200 }).catch((error) => error);
  for (let i = 0; i < 5; i++) await turn();
  const refuse = () => { throw new Error('Disallowed operation called within global scope'); };
  const restore = replace({ setTimeout: refuse });
  const calls = [
    jules.session('1').waitFor('completed'),
    jules.session('1').info(),
    jules.session({ prompt: 'p' }),
    jules.session('1').stream().next(),
    client(session('IN_PROGRESS')).session('1').info({ timeoutMs: 50 }),
  ];
  const ends = await Promise.allSettled(calls);
  restore();
  for (const { reason } of ends) {
    assert.ok(reason instanceof JulesError && reason.code === 'invalid_state', reason?.stack);
    assert.match(reason.message, /refused to set a timer \(Disallowed operation.*\)\..*in event handlers/);
  }
  assert.equal((await other).name, 'TimeoutError');
  assert.equal((await jules.session('1').info({ activities: false })).state, 'inProgress');
});

test('a create without timers reports whether it was sent', async () => {
  const sent = [];
  const jules = client(async (url, { method }) => (sent.push(method), Response.json({ name: 'sessions/1', id: '1' })));
  const restore = replace({ setTimeout: () => { throw new Error('no'); } });
  const error = await jules.session({ prompt: 'p' }, { timeoutMs: 1000 }).catch((thrown) => thrown);
  restore();
  assert.equal(error.outcome, sent.length === 0 ? 'notSent' : 'unknown', error.message);
  assert.match(error.message, sent.length === 0 ? /Nothing was sent/ : /may have been carried out/);
});
