/** Polling: one poller for all waits and streams, `wait()`, and the kinds of streams. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';
import { optionsFor, startService, steps } from './support/fake-service.mjs';
import { runNode } from './tools.mjs';

const source = { github: 'owner/repo', baseBranch: 'main' };

/** A client of an emulator on its virtual clock. */
async function onEmulator(options) {
  const emulator = await createEmulator({ clock: 'virtual', ...options });
  return { emulator, jules: connect({ ...emulator, config: { pollingIntervalMs: 1 } }) };
}

const paths = (emulator) => emulator.requests.map(({ method, url }) => `${method} ${decodeURIComponent(url).replace(/^.*v1alpha/, '')}`);
const turn = () => new Promise((resolve) => setImmediate(resolve));
const queriesOf = (service) => service.requests.map(({ path, query }) => `${path}?${query}`).join('\n');

test('sixty sessions are polled by the list, and each is requested once at its end', async () => {
  const { emulator, jules } = await onEmulator({ scenario: 'no-outputs' });
  const runs = await jules.all(Array.from({ length: 60 }, (_, n) => `Task ${n}`), (prompt) => ({ prompt }));
  const before = emulator.requests.length;
  const outcomes = await Promise.all(runs.map((run) => run.waitFor('completed')));
  assert.ok(outcomes.every(({ state, prompt }) => state === 'completed' && prompt.startsWith('Task ')));
  const asked = paths(emulator).slice(before);
  const lists = asked.filter((path) => path.startsWith('GET /sessions?'));
  const singles = asked.filter((path) => /^GET \/sessions\/\d+$/.test(path));
  assert.equal(new Set(singles).size, 60);
  // Some polls are for single sessions; polling each session singly would take sixty times the requests.
  assert.ok(asked.length < 4 * lists.length + 60, `${asked.length} requests, ${lists.length} of them lists`);
  assert.match(lists.at(-1), /fields=sessions\(name,state,updateTime\),nextPageToken/);
});

test('wait() reports what the session needs, then that it has completed', async () => {
  const { emulator, jules } = await onEmulator({ scenario: 'question' });
  const session = await jules.session({ prompt: 'p', source });
  const states = [];
  const reasons = [];
  for (let done = false; !done; ) {
    const { reason, session: seen } = await session.wait({ onUpdate: ({ state }) => states.push(state) });
    reasons.push(reason);
    assert.equal(seen.prompt, 'p');
    if (reason === 'needsApproval') await session.approve();
    else if (reason === 'needsReply') await session.send('The old one.');
    else done = true;
  }
  assert.deepEqual(reasons, ['needsApproval', 'needsReply', 'completed']);
  assert.ok(states.includes('queued') && states.includes('completed'), `${states}`);
  assert.deepEqual(emulator.sessions()[0].messages, ['The old one.']);
});

test('wait() resolves with the plan and the question, and after feedback with the next plan', async () => {
  const { emulator, jules } = await onEmulator({ scenario: 'revise' });
  const session = await jules.session({ prompt: 'p', source });
  const plans = [];
  for (let said = false; ; ) {
    const waited = await session.wait();
    if (waited.reason !== 'needsApproval') break;
    plans.push(waited.plan);
    assert.ok(!('question' in waited) && waited.plan.steps.length > 2, `${JSON.stringify(waited)}`);
    if (said) await session.approve();
    else await session.send('Smaller steps, please.');
    said = true;
  }
  assert.equal(plans.length, 2);
  assert.notEqual(plans[0].id, plans[1].id);
  assert.match(plans[1].steps[0].title, /Smaller steps, please\./);
  assert.deepEqual(emulator.sessions()[0].messages, ['Smaller steps, please.']);

  const asking = await onEmulator({ scenario: 'question' });
  const run = await asking.jules.run({ prompt: 'p', source });
  const waited = await run.wait();
  assert.equal(waited.reason, 'needsReply');
  assert.match(waited.question, /Which do you prefer\?$/);
  assert.ok(!('plan' in waited));
});

test('wait() reports reached, failed, paused, unknown and stalled sessions', async () => {
  const reasonOf = async (scenario, options) => {
    const { jules } = await onEmulator({ scenario, scenarios: { odd: [{ state: 'PONDERING' }] } });
    const run = await jules.run({ prompt: 'p', source });
    return run.wait(options);
  };
  assert.equal((await reasonOf('default', { until: 'planning' })).reason, 'reached');
  assert.equal((await reasonOf('default', { until: ['failed', 'inProgress'] })).reason, 'reached');
  assert.equal((await reasonOf('fail')).reason, 'failed');
  assert.equal((await reasonOf('pause')).reason, 'paused');
  const odd = await reasonOf('odd');
  assert.deepEqual([odd.reason, odd.session.rawState], ['unknownState', 'PONDERING']);
  const stuck = await reasonOf('stall', { stallMs: 40 });
  assert.equal(stuck.reason, 'stalled');
  assert.ok(stuck.silentMs >= 40, `${stuck.silentMs}`);
});

test('wait() rejects with what its onUpdate throws', async () => {
  const { jules } = await onEmulator();
  const run = await jules.run({ prompt: 'p' });
  const mine = new Error('mine');
  const onUpdate = () => {
    throw mine;
  };
  await assert.rejects(run.wait({ onUpdate }), (error) => error === mine);
});

test('history() yields existing activities and ends, updates() yields new ones, stream() both', async () => {
  const { emulator, jules } = await onEmulator();
  const run = await jules.run({ prompt: 'p', source });
  await run.result();
  const read = async (stream, last) => {
    const ids = [];
    for await (const { id, type } of stream) {
      ids.push(id);
      if (type === last) break;
    }
    return ids;
  };
  const before = await read(run.history());
  assert.ok(before.length > 3);
  const asked = emulator.requests.length;
  // The session has ended, and the stream follows it because a message revives it.
  const coming = read(run.updates({ follow: true }), 'sessionCompleted');
  // New activities are those after the first request of the stream.
  while (!paths(emulator).slice(asked).some((path) => path.includes('fields=activities(name,createTime)'))) await turn();
  await turn();
  await run.send('Once more, please.');
  const after = await coming;
  assert.ok(after.length > 0);
  assert.deepEqual(await read(run.activities.stream()), [...before, ...after]);
  assert.deepEqual((await read(run.activities.history())).slice(0, before.length), before);
  assert.deepEqual(await read(run.activities.updates()), []);
});

test('a stream without artifacts downloads none, and each activity can load its own', async () => {
  const { emulator, jules } = await onEmulator();
  const run = await jules.run({ prompt: 'p', source });
  await run.result();
  const whole = [];
  for await (const activity of run.history()) whole.push(activity);
  const before = emulator.requests.length;
  const light = [];
  for await (const activity of run.history({ artifacts: false })) light.push(activity);
  assert.match(paths(emulator).slice(before).find((path) => path.includes('/activities')), /fields=activities\(name,id/);
  assert.deepEqual(light.map(({ id }) => id), whole.map(({ id }) => id));
  assert.ok(light.every((activity) => !('artifacts' in activity)));
  const index = whole.findLastIndex(({ artifacts }) => artifacts.length > 0);
  const loaded = await light[index].loadArtifacts();
  assert.deepEqual(JSON.stringify(loaded), JSON.stringify(whole[index].artifacts));
  assert.equal(light[index].artifacts, loaded);
  assert.deepEqual({ ...light[index] }, { ...whole[index] });
});

test('a service without partial responses is asked for them once', async (t) => {
  const service = await startService(t);
  const jules = connect(optionsFor(service));
  const runs = await jules.all(['a', 'b', 'c'], (prompt) => ({ prompt, source }));
  const outcomes = await Promise.all(runs.map((run) => run.result()));
  assert.deepEqual(outcomes.map(({ state }) => state), ['completed', 'completed', 'completed']);
  const light = [];
  for await (const activity of runs[0].stream({ artifacts: false })) light.push(activity);
  assert.ok(light.length > 3 && light.every((activity) => !('artifacts' in activity)));
  assert.equal(queriesOf(service).match(/fields=/g).length, 1);
});

test('a program exits when its stream is disposed', async (t) => {
  const service = await startService(t);
  service.script = () => [steps.state('IN_PROGRESS'), steps.activity({ agentMessaged: { agentMessage: 'a' } })];
  const jules = connect(optionsFor(service));
  const { id } = await jules.run({ prompt: 'p' });
  const options = JSON.stringify(optionsFor(service));
  const { code, stdout } = await runNode(`
    import { connect } from 'jules-wasm';
    const stream = connect(${options}).session('${id}').stream();
    console.log((await stream.next()).value?.message ?? 'nothing');
    await stream[Symbol.asyncDispose]();
  `);
  assert.deepEqual([code, stdout.trim()], [0, 'a']);
});
