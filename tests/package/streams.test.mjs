/** Streams: order, no duplicates, and no requests or listeners after the end. */
import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { test } from 'node:test';

import { AbortError, connect } from 'jules-wasm';
import { KEY, optionsFor, startService, steps } from './support/fake-service.mjs';
import { runNode } from './tools.mjs';

const say = (text) => steps.activity({ agentMessaged: { agentMessage: text } });

/** A session whose agent writes `a`, `b`, … and then works without messages. */
async function talking(t, words = ['a', 'b', 'c'], end = []) {
  const service = await startService(t);
  service.script = () => [steps.state('IN_PROGRESS'), ...words.map(say), ...end];
  const jules = connect(optionsFor(service));
  return { service, jules, session: await jules.run({ prompt: 'p' }) };
}

/** Asserts that no request is in flight and that none follows within a few turns of the event loop. */
async function isQuiet(service, jules) {
  const before = service.requests.length;
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  await jules.sources.get({ github: 'owner/repo' });
  assert.deepEqual(service.log.slice(before), ['GET /sources/github/owner/repo']);
  assert.equal(service.inFlight, 0);
}

test('break, return and a throw end a stream and its requests', async (t) => {
  const { service, jules, session } = await talking(t);
  for await (const activity of session.stream()) {
    if (activity.message === 'c') break;
  }
  await isQuiet(service, jules);
  const returned = await (async () => {
    for await (const activity of session.stream()) return activity.message;
    return undefined;
  })();
  assert.equal(returned, 'a');
  await isQuiet(service, jules);
  const thrown = new Error('mine');
  await assert.rejects(async () => {
    for await (const { message } of session.stream()) if (message === 'b') throw thrown;
  }, (error) => error === thrown);
  await isQuiet(service, jules);
});

test('return() during next() ends that call and its request', async (t) => {
  let hold = false;
  const service = await startService(t, () => hold && new Promise(() => {}));
  service.script = () => [steps.state('IN_PROGRESS')];
  const session = await connect(optionsFor(service)).run({ prompt: 'p' });
  const stream = session.stream();
  hold = true;
  const step = stream.next();
  await once(service, 'request');
  const gone = once(service, 'gone');
  assert.deepEqual(await stream.return('x'), { done: true, value: 'x' });
  assert.deepEqual(await step, { done: true, value: undefined });
  await gone;
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  assert.deepEqual(await stream.return(), { done: true, value: undefined });
});

test('an aborted signal ends a stream with its reason, and leaves no listener', async (t) => {
  const { service, jules, session } = await talking(t);
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error('enough');
  const seen = [];
  await assert.rejects(async () => {
    for await (const { message } of session.stream({ signal })) {
      seen.push(message);
      if (message === 'c') controller.abort(reason);
    }
  }, (error) => error instanceof AbortError && error.cause === reason && error.code === 'aborted');
  assert.deepEqual(seen, ['a', 'b', 'c']);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await isQuiet(service, jules);
  await assert.rejects(session.stream({ signal }).next(), AbortError);
  await isQuiet(service, jules);
});

test('a signal that is never aborted has no listener once a stream is over', async (t) => {
  const { session } = await talking(t, ['a', 'b'], [steps.state('COMPLETED')]);
  const { signal } = new AbortController();
  for await (const activity of session.stream({ signal })) void activity;
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  for await (const activity of session.stream({ signal, follow: true })) if (activity) break;
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await session.result({ signal });
  await session.info({ signal });
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('concurrent calls of next() resolve in order', async (t) => {
  const { session } = await talking(t, ['a', 'b', 'c'], [steps.state('COMPLETED')]);
  const stream = session.stream();
  const answers = await Promise.all(Array.from({ length: 6 }, () => stream.next()));
  assert.deepEqual(answers.map(({ done, value }) => (done ? 'done' : value.message)), ['a', 'b', 'c', 'done', 'done', 'done']);
});

test('a second iteration over a stream continues the first, unless that was ended by break', async (t) => {
  const { session } = await talking(t, ['a', 'b', 'c'], [steps.state('COMPLETED')]);
  const stream = session.stream();
  assert.equal((await stream.next()).value.message, 'a');
  const rest = [];
  for await (const { message } of stream) rest.push(message);
  assert.deepEqual(rest, ['b', 'c']);
  for await (const activity of stream) assert.fail(activity);
  const left = session.stream();
  for await (const activity of left) if (activity) break;
  for await (const activity of left) assert.fail(activity);
  const two = [[], []];
  await Promise.all(two.map(async (seen) => {
    for await (const { message } of session.stream()) seen.push(message);
  }));
  assert.deepEqual(two, [['a', 'b', 'c'], ['a', 'b', 'c']], 'two streams know nothing of each other');
});

test('a stream starts after the cursor of any activity and excludes an originator', async (t) => {
  const { session } = await talking(t, ['a', 'b', 'c', 'd'], [steps.state('COMPLETED')]);
  await session.result();
  await session.send('me');
  const all = [];
  for await (const activity of session.stream()) all.push(activity);
  for (const [index, { cursor }] of all.entries()) {
    const rest = [];
    for await (const { id } of session.stream({ after: cursor })) rest.push(id);
    assert.deepEqual(rest, all.slice(index + 1).map(({ id }) => id));
  }
  const agents = [];
  for await (const { message } of session.stream({ exclude: { originator: 'user' } })) agents.push(message);
  assert.ok(!agents.includes('me') && agents.includes('d'));
});

test('activities with the same time on many pages are yielded once each', async (t) => {
  const service = await startService(t);
  service.script = () => [];
  const made = service.add({ prompt: 'p' });
  for (let i = 0; i < 250; i++) service.act(made, { agentMessaged: { agentMessage: `m${i}` } });
  made.activities.slice(40, 90).forEach((activity, i) => (activity.createTime = `2026-08-21T21:05:52.${i < 25 ? '5' : '500000'}Z`));
  made.activities.sort((a, b) => Date.parse(a.createTime) - Date.parse(b.createTime));
  made.state = 'COMPLETED';
  const seen = new Set();
  let count = 0;
  for await (const { id } of connect(optionsFor(service)).session(made.id).stream()) {
    seen.add(id);
    count++;
  }
  assert.deepEqual([seen.size, count], [250, 250]);
});

test('nothing is yielded after return(), at whatever time it is called', async () => {
  const bytes = (value) => new TextEncoder().encode(JSON.stringify(value)).buffer;
  const session = bytes({ name: 'sessions/1', id: '1', state: 'COMPLETED' });
  const activities = bytes({ activities: ['1', '2', '3'].map((id) => ({ name: `sessions/1/activities/${id}`, id, createTime: `2026-08-21T21:05:1${id}Z`, agentMessaged: {} })) });
  // Immediate responses, so that turns of the event loop can be counted.
  const fetch = async (url) => ({ status: 200, arrayBuffer: async () => (url.includes('activities') ? activities : session) });
  const jules = connect({ apiKey: KEY, fetch });
  for (let turns = 0; turns < 40; turns++) {
    const stream = jules.session('1').history();
    const step = stream.next();
    for (let i = 0; i < turns; i++) await null;
    await stream.return();
    await step;
    assert.equal((await stream.next()).done, true, `${turns} turns`);
  }
});

test('later changes of the options do not affect the signal of a stream', async (t) => {
  const { session } = await talking(t, ['a', 'b', 'c'], [steps.state('COMPLETED')]);
  await session.result();
  const options = { signal: new AbortController().signal };
  const stream = session.history(options);
  const messages = [(await stream.next()).value.message];
  options.signal = AbortSignal.abort();
  for await (const { message } of stream) messages.push(message);
  assert.deepEqual(messages.slice(0, 3), ['a', 'b', 'c']);
});

test('a program exits as soon as its stream is ended, in any way', { timeout: 60_000 }, async (t) => {
  const { service, session } = await talking(t);
  const ways = {
    break: 'for await (const a of stream) if (a.message === "c") break;',
    throw: 'try { for await (const a of stream) throw 0; } catch {}',
    return: 'const step = stream.next(); await stream.return(); await step;',
    abort: 'try { for await (const a of stream) if (a.message === "c") controller.abort(); } catch {}',
    'never begun': '',
    'abort of a wait': 'const w = session.waitFor("completed", { signal: controller.signal }); controller.abort(); await w.catch(() => {});',
    'timeout of a wait': 'await session.waitFor("completed", { timeoutMs: 5 }).catch(() => {});',
  };
  for (const [way, code] of Object.entries(ways)) {
    // Intervals and timeouts of an hour: a remaining timer would keep the process alive.
    const { code: exit, stdout, stderr } = await runNode(`
      import { connect } from 'jules-wasm';
      const hour = 3_600_000;
      const config = { pollingIntervalMs: ${way.includes('wait') ? 'hour' : 1}, requestTimeoutMs: hour };
      const jules = connect({ apiKey: '${KEY}', baseUrl: '${service.baseUrl}', config });
      const session = jules.session('${session.id}');
      const controller = new AbortController();
      const stream = session.stream({ signal: controller.signal });
      ${code}
      process.on('exit', () => console.log('end'));
    `);
    assert.equal(exit, 0, `${way}: ${stderr}`);
    assert.match(stdout, /end/, way);
  }
});
