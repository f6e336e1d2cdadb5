/** The emulator's virtual clock with the client. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

const HOUR = 3_600_000;
const source = { github: 'owner/repo', baseBranch: 'main' };

async function virtual(options) {
  const emulator = await createEmulator({ clock: 'virtual', ...options });
  const jules = connect({ ...emulator, config: { pollingIntervalMs: 1, rateLimitRetry: { baseDelayMs: 1, maxDelayMs: 2 } } });
  return { emulator, jules };
}

test('a session of five hours is over within seconds, and no state is skipped', async () => {
  const { emulator, jules } = await virtual({ stepMs: HOUR / 2 });
  const states = [];
  const begin = performance.now();
  const run = await jules.run({ prompt: 'Write hello.ts', source });
  const outcome = await run.result({ onUpdate: ({ state }) => states.push(state) });
  assert.ok(performance.now() - begin < 10_000);
  assert.equal(outcome.state, 'completed');
  assert.deepEqual(states, ['queued', 'planning', 'inProgress', 'completed']);
  assert.ok(emulator.now - Date.UTC(2026, 0, 1) >= 5 * HOUR);
  assert.ok(emulator.requests.length < 12, `${emulator.requests.length}`);
});

test('a stream concurrent with a wait yields every activity', async () => {
  const { jules } = await virtual({ stepMs: HOUR });
  const run = await jules.run({ prompt: 'Write hello.ts', source });
  const types = [];
  const followed = (async () => {
    for await (const { type } of run.stream()) types.push(type);
  })();
  const [outcome] = await Promise.all([run.result(), followed]);
  assert.equal(outcome.state, 'completed');
  assert.equal(types[0], 'planGenerated');
  assert.equal(types.at(-1), 'sessionCompleted');
});

test('a reaction to an activity of a stream comes in time', async () => {
  const { emulator, jules } = await virtual({
    scenario: 'talk',
    scenarios: { talk: ['opening', { say: 'I begin now.' }, { progress: { title: 'a' } }, { progress: { title: 'b' } }, 'ending'] },
  });
  const run = await jules.run({ prompt: 'Write hello.ts' });
  for await (const { type, message } of run.stream()) {
    if (type === 'agentMessaged' && message === 'I begin now.') await run.send('Wait a moment.');
  }
  const [{ events, messages }] = emulator.sessions();
  assert.deepEqual(messages, ['Wait a moment.']);
  assert.ok(events.indexOf('userMessaged') < events.indexOf('progressUpdated'), `${events}`);
});

test('the agent answers messages one by one, or several within a step time by one answer', async () => {
  for (const [scenario, count] of [['question', 2], ['one-answer', 1]]) {
    const { emulator, jules } = await virtual({ scenario });
    const session = await jules.session({ prompt: 'Write hello.ts', source });
    await session.waitFor('awaitingPlanApproval');
    await session.send('Use warm colours.');
    await session.send('And add a check.');
    await session.approve();
    await session.waitFor('awaitingUserFeedback');
    const [{ events }] = emulator.sessions();
    const before = events.slice(0, events.indexOf('progressUpdated'));
    assert.equal(before.filter((event) => event === 'agentMessaged').length, count, `${events}`);
  }
});

test('concurrent sessions complete within a quota', async () => {
  const { emulator, jules } = await virtual({ quota: { concurrent: 3 } });
  const prompts = Array.from({ length: 12 }, (_, index) => `Task ${index}`);
  const runs = await jules.all(prompts, (prompt) => ({ prompt }), { concurrency: 4 });
  const outcomes = await Promise.all(runs.map((run) => run.result()));
  assert.ok(outcomes.every(({ state }) => state === 'completed'));
  assert.deepEqual(emulator.sessions().map(({ prompt }) => prompt).sort(), prompts.sort());
  assert.ok(emulator.requests.some(({ fault, status }) => fault === 'quota' && status === 429));
});

test('without autoAdvance only advance() moves the clock, for fake timers', async () => {
  const { emulator, jules } = await virtual({ autoAdvance: false, now: () => Date.UTC(2027, 0, 1) });
  const run = await jules.run({ prompt: 'Write hello.ts' });
  for (let look = 0; look < 5; look++) assert.equal((await run.info()).state, 'queued');
  assert.equal(emulator.now, Date.UTC(2027, 0, 1));
  emulator.advance(1000);
  assert.equal(emulator.now, Date.UTC(2027, 0, 1) + 1000);
  assert.equal(emulator.sessions()[0].state, 'PLANNING', 'without a request');
  assert.equal((await run.info()).state, 'planning');
});

test('a delayed response arrives when the clock is due, or at once with autoAdvance', async () => {
  const late = [{ on: 'sources', times: 2, fault: { delayMs: 5000 } }];
  const headers = { 'x-goog-api-key': 'k' };
  const still = await createEmulator({ clock: 'virtual', autoAdvance: false, faults: late });
  let isThere = false;
  const answered = still.fetch(`${still.baseUrl}/sources`, { headers }).then(({ status }) => (isThere = status));
  const abort = new AbortController();
  const dropped = still.fetch(`${still.baseUrl}/sources`, { headers, signal: abort.signal });
  await new Promise(setImmediate);
  still.advance(4999);
  await new Promise(setImmediate);
  assert.equal(isThere, false);
  const reason = new Error('enough');
  abort.abort(reason);
  await assert.rejects(dropped, reason);
  still.advance(1);
  await answered;
  assert.equal(isThere, 200);

  const moving = await createEmulator({ clock: 'virtual', faults: late });
  const start = moving.now;
  assert.equal((await moving.fetch(`${moving.baseUrl}/sources`, { headers })).status, 200);
  assert.equal(moving.now - start, 5000);
});

test('invalid clock options and calls throw', async () => {
  for (const [options, named] of [[{ clock: 'fast' }, /"clock"/], [{ autoAdvance: true }, /"autoAdvance"/], [{ clock: 'virtual', autoAdvance: 1 }, /"autoAdvance"/]]) {
    await assert.rejects(() => createEmulator(options), { name: 'TypeError', message: named });
  }
  const [real, virtually] = [await createEmulator(), await createEmulator({ clock: 'virtual' })];
  assert.throws(() => real.advance(5), /clock: 'virtual'/);
  for (const ms of [-1, 0.5, NaN, '5', undefined]) {
    assert.throws(() => virtually.advance(ms), TypeError);
  }
});

test('`now` of a virtual clock is called once', async () => {
  let asked = 0;
  const { emulator, jules } = await virtual({ now: () => Date.UTC(2030, 0, 1) + asked++ });
  await jules.run({ prompt: 'Write hello.ts', source });
  emulator.advance(5);
  assert.deepEqual([emulator.sessions().length, emulator.now - Date.UTC(2030, 0, 1), asked], [1, 5, 1]);
});

test('a stall is detected with a short stallMs, or by a client that has sent no request before', async () => {
  const { emulator, jules } = await virtual({ scenario: 'stall' });
  const run = await jules.run({ prompt: 'Write hello.ts', source });
  assert.equal((await run.wait({ stallMs: 20 })).reason, 'stalled');
  emulator.advance(HOUR);
  const { reason, silentMs } = await jules.with({}).session(run.id).wait();
  assert.equal(reason, 'stalled');
  assert.ok(silentMs >= HOUR, `${silentMs}`);
});
