/** An async `onUpdate`: a rejection ends the call as a throw does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AbortError, connect, InvalidArgumentError, TimeoutError } from 'jules-wasm';
import { optionsFor, startService, steps } from './support/fake-service.mjs';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const mine = new Error('mine');
const isMine = (error) => error === mine;
const never = () => new Promise(() => {});

/** A session that ends or works forever, and its service. Asserts that there are no unhandled rejections. */
async function start(t, script) {
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on('unhandledRejection', note);
  t.after(async () => {
    await turn();
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });
  const service = await startService(t);
  if (script) service.script = () => [...script];
  const session = await connect(optionsFor(service)).run({ prompt: 'p' });
  return { service, session, calls: { result: (options) => session.result(options), wait: (options) => session.wait(options) } };
}

const working = [steps.state('IN_PROGRESS')];

test('a call rejects with the rejection of an onUpdate promise', async (t) => {
  const { calls } = await start(t);
  const ways = {
    'at once': async () => {
      throw mine;
    },
    later: async () => {
      await turn();
      throw mine;
    },
    'at the last update': async ({ state }) => {
      if (state !== 'completed') return;
      await turn();
      throw mine;
    },
    'as no real promise': () => ({ then: (_, reject) => reject(mine) }),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const [way, onUpdate] of Object.entries(ways)) await assert.rejects(call({ onUpdate }), isMine, `${name} ${way}`);
  }
});

test('a rejected onUpdate promise ends the call and its polling', async (t) => {
  const { service, calls } = await start(t, working);
  for (const call of Object.values(calls)) {
    await assert.rejects(call({ onUpdate: () => turn().then(() => Promise.reject(mine)) }), isMine);
    await turn();
    const asked = service.requests.length;
    for (let i = 0; i < 20; i++) await turn();
    assert.equal(service.requests.length, asked);
  }
});

test('a call waits for the promises of onUpdate and has the same result', async (t) => {
  const { session } = await start(t);
  const written = [];
  const onUpdate = async ({ state }) => {
    for (let i = 0; i < 5; i++) await turn();
    written.push(state);
  };
  const outcome = await session.result({ onUpdate });
  assert.equal(written.at(-1), 'completed');
  assert.deepStrictEqual(outcome, await session.result());
});

test('signal and timeoutMs also bound a pending promise of onUpdate', async (t) => {
  const { calls } = await start(t);
  const reason = new Error('enough');
  for (const [name, call] of Object.entries(calls)) {
    await call({});
    const controller = new AbortController();
    const onUpdate = ({ state }) => {
      if (state === 'completed') setImmediate(() => controller.abort(reason));
      return never();
    };
    const isAborted = (error) => error instanceof AbortError && error.code === 'aborted' && error.cause === reason;
    await assert.rejects(call({ onUpdate, signal: controller.signal }), isAborted, name);
    await assert.rejects(call({ onUpdate: never, signal: AbortSignal.abort(reason) }), isAborted, name);
    const isLate = (error) => error instanceof TimeoutError && error.code === 'timeout' && error.message.startsWith(`${name}() did not finish within 40 ms`);
    await assert.rejects(call({ onUpdate: never, timeoutMs: 40 }), isLate, name);
    assert.ok(await call({ onUpdate() {}, timeoutMs: 1e12 }), name);
  }
});

test('with onUpdate a signal ends the call and leaves no listener', async (t) => {
  const { calls } = await start(t, working);
  for (const call of Object.values(calls)) {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...given) => (listeners++, addEventListener.apply(signal, given));
    signal.removeEventListener = (...given) => (listeners--, removeEventListener.apply(signal, given));
    await assert.rejects(call({ signal, onUpdate: () => controller.abort(mine) }), (error) => error instanceof AbortError && error.cause === mine);
    assert.equal(listeners, 0);
    await assert.rejects(call({ signal: new EventTarget(), onUpdate() {} }), (error) => error instanceof InvalidArgumentError && error.field === 'signal');
  }
});
