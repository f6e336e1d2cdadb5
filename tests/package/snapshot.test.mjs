/** `snapshot()`, `activities.hydrate()` and `activities.select()` on the emulator. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect } from 'jules-wasm';
import * as types from 'jules-wasm/types';
import { createEmulator } from 'jules-wasm/emulator';

const SOURCE = { github: 'owner/repo', baseBranch: 'main' };

async function service(options) {
  const emulator = await createEmulator({ clock: 'virtual', ...options });
  const jules = connect({ ...emulator, config: { pollingIntervalMs: 1 } });
  const lists = () => emulator.requests.filter(({ url }) => url.includes('/activities')).length;
  return { emulator, jules, lists };
}

test('a snapshot of a completed session has its timeline, its files and its pull request', async () => {
  const { jules } = await service();
  const run = await jules.run({ prompt: 'Fix it', source: SOURCE });
  const outcome = await run.result();
  const snapshot = await run.snapshot();
  assert.deepEqual([snapshot.id, snapshot.state, snapshot.pr], [run.id, 'completed', outcome.pullRequest]);
  assert.deepEqual(snapshot.generatedFiles.all(), outcome.generatedFiles().all());
  assert.equal(snapshot.timeline.at(-1).type, 'sessionCompleted');
  assert.match(snapshot.toMarkdown(), /^## Timeline$/m);
});

test('a snapshot of a failed session resolves', async () => {
  const { jules } = await service({ scenario: 'fail' });
  const run = await jules.run({ prompt: 'Fix it' });
  await run.result();
  assert.deepEqual([(await run.snapshot()).state, (await run.snapshot()).timeline.at(-1).type], ['failed', 'sessionFailed']);
});

test('a snapshot without activities does not request them', async () => {
  const { jules, lists } = await service();
  const run = await jules.run({ prompt: 'Fix it' });
  const { activities, timeline } = await run.snapshot({ activities: false });
  assert.deepEqual([activities, timeline, lists()], [[], [], 0]);
  await assert.rejects(run.snapshot({ activitys: false }), { name: 'InvalidArgumentError', field: 'activitys' });
});

test('hydrate resolves with the number of activities that are new to the handle', async () => {
  const { jules } = await service();
  const run = await jules.run({ prompt: 'Fix it' });
  await run.result();
  const count = await run.activities.hydrate();
  assert.equal(count, (await run.info()).activities.length);
  assert.equal(await run.activities.hydrate(), 0);
  await assert.rejects(run.activities.hydrate({ force: true }), { name: 'InvalidArgumentError' });
});

test('select resolves with the activities that the options ask for', async () => {
  const { jules } = await service();
  const run = await jules.run({ prompt: 'Fix it' });
  await run.result();
  const all = await run.activities.select();
  assert.deepEqual(all.map(({ id }) => id), (await run.info()).activities.map(({ id }) => id));
  const [last] = await run.activities.select({ order: 'desc', limit: 1 });
  assert.equal(last.id, all.at(-1).id);
  assert.deepEqual(await run.activities.select({ type: 'planGenerated' }), all.filter(({ type }) => type === 'planGenerated'));
  assert.deepEqual(await run.activities.select({ after: all[0].id, before: all[3].id }), all.slice(1, 3));
  await assert.rejects(run.activities.select({ after: 'nowhere' }), { name: 'InvalidArgumentError', field: 'after' });
  await assert.rejects(run.activities.select({ type: 'planned' }), { name: 'InvalidArgumentError', field: 'type' });
});

test('jules-wasm/types is empty at run time', () => {
  assert.deepEqual(Object.keys(types), []);
});
