/** Snapshots of sessions, and the selection of activities. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { selected } from '../../pkg-template/lib/select.js';
import { SessionSnapshot } from '../../pkg-template/lib/snapshot.js';
import { all, load, READERS } from './fixtures.mjs';

const { items: activities } = READERS.activities(load('activities-list-all-types'));
const completed = READERS.session(load('session-completed-with-pr-and-changeset'));
const session = (wire) => READERS.session({ name: 'sessions/7', ...wire });
const activity = (wire) => READERS.activity({ name: 'sessions/7/activities/a', ...wire });
const snapshot = new SessionSnapshot(completed, activities);

test('a snapshot has the data of its session, times as dates and the duration between them', () => {
  const { id, state, url, prompt, title, pr, createdAt, updatedAt, durationMs } = snapshot;
  assert.deepEqual({ id, state, url, prompt, title }, {
    id: completed.id, state: completed.state, url: completed.url, prompt: completed.prompt, title: completed.title,
  });
  assert.equal(pr.url, completed.outputs.find(({ type }) => type === 'pullRequest').pullRequest.url);
  assert.deepEqual([createdAt, updatedAt], [new Date(completed.createTime), new Date(completed.updateTime)]);
  assert.equal(durationMs, updatedAt - createdAt);
});

test('the counts, the timeline and the insights describe all activities', () => {
  assert.equal(snapshot.timeline.length, activities.length);
  assert.equal(Object.values(snapshot.activityCounts).reduce((sum, count) => sum + count, 0), activities.length);
  assert.deepEqual(snapshot.timeline.map(({ time, type }) => [time, type]), activities.map(({ createTime, type }) => [createTime, type]));
  const { completionAttempts, planRegenerations, userInterventions } = snapshot.insights;
  const count = (type) => activities.filter((entry) => entry.type === type).length;
  assert.deepEqual([completionAttempts, planRegenerations, userInterventions], [count('sessionCompleted'), count('planGenerated'), count('userMessaged')]);
});

test('each type of activity has a line in the timeline', () => {
  const lines = [
    [{ agentMessaged: { agentMessage: 'Hello' } }, 'Agent: Hello'],
    [{ userMessaged: { userMessage: 'Hi' } }, 'User: Hi'],
    [{ planGenerated: { plan: { steps: [{}] } } }, 'Plan: 1 step'],
    [{ planGenerated: { plan: { steps: [{}, {}] } } }, 'Plan: 2 steps'],
    [{ planApproved: { planId: 'p' } }, 'Plan approved'],
    [{ progressUpdated: { title: 'Ran tests', description: 'All pass' } }, 'Ran tests'],
    [{ progressUpdated: { description: 'All pass' } }, 'All pass'],
    [{ progressUpdated: {} }, 'Progress'],
    [{ sessionCompleted: {} }, 'Session completed'],
    [{ sessionFailed: { reason: 'No disk left' } }, 'Session failed: No disk left'],
    [{ sessionFailed: {} }, 'Session failed'],
    [{ somethingNew: {}, description: 'New' }, 'New'],
    [{ somethingNew: {} }, 'Activity of an unknown type'],
  ];
  const { timeline } = new SessionSnapshot(session(), lines.map(([wire]) => activity(wire)));
  assert.deepEqual(timeline.map(({ summary }) => summary), lines.map(([, summary]) => summary));
});

test('messages are cut to 100 whole characters', () => {
  const summary = (message) => new SessionSnapshot(session(), [activity({ agentMessaged: { agentMessage: message } })]).timeline[0].summary;
  assert.equal(summary('🧋'.repeat(100)), `Agent: ${'🧋'.repeat(100)}`);
  assert.equal(summary('🧋'.repeat(101)), `Agent: ${'🧋'.repeat(100)}…`);
  assert.equal(summary('x'.repeat(5000)), `Agent: ${'x'.repeat(100)}…`);
});

test('failed commands are the activities with an exit code other than 0', () => {
  const ran = (exitCode) => activity({ progressUpdated: {}, artifacts: [{ bashOutput: { command: 'npm test', exitCode } }] });
  const { insights } = new SessionSnapshot(session(), [ran(0), ran(1), ran(undefined)]);
  assert.deepEqual(insights.failedCommands.map(({ artifacts }) => artifacts[0].exitCode), [1]);
});

test('the files are those of the outputs, otherwise those of the last change set in the activities', () => {
  const patch = (name) => ({ gitPatch: { unidiffPatch: `--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+new\n` } });
  const made = ['a', 'b'].map((name) => activity({ progressUpdated: {}, artifacts: [{ changeSet: patch(name) }] }));
  const paths = (given) => given.generatedFiles.all().map(({ path }) => path);
  const fromActivities = new SessionSnapshot(session(), made);
  assert.deepEqual([paths(fromActivities), fromActivities.changeSet()], [['b'], made[1].artifacts[0]]);
  const fromOutputs = new SessionSnapshot(session({ outputs: [{ changeSet: patch('c') }] }), made);
  assert.deepEqual([paths(fromOutputs), fromOutputs.changeSet().parsed().files.length], [['c'], 1]);
  const none = new SessionSnapshot(session());
  assert.deepEqual([paths(none), none.changeSet()], [[], undefined]);
});

test('a snapshot is frozen and does not change with the session', () => {
  assert.ok(Object.isFrozen(snapshot) && Object.isFrozen(snapshot.activities));
  const own = [...activities];
  const copy = new SessionSnapshot(completed, own);
  own.length = 0;
  assert.equal(copy.activities.length, activities.length);
});

test('JSON leaves out what is large, unless it is asked for', () => {
  const names = ['id', 'state', 'url', 'createdAt', 'updatedAt', 'durationMs', 'prompt', 'title', 'pr', 'activityCounts', 'timeline', 'insights'];
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(snapshot))), names);
  assert.deepEqual(JSON.parse(JSON.stringify({ nested: snapshot })).nested.id, completed.id);
  for (const options of [{}, { exclude: [] }]) {
    assert.deepEqual(Object.keys(snapshot.toJSON(options)).sort(), [...names, 'activities', 'generatedFiles'].sort());
  }
  assert.deepEqual(snapshot.toJSON({ include: ['state', 'id'], exclude: ['id'] }), { id: completed.id, state: 'completed' });
  assert.equal(snapshot.toJSON().insights.failedCommandCount, snapshot.insights.failedCommands.length);
});

test('an unknown field or option of toJSON is an error that names it', () => {
  assert.throws(() => snapshot.toJSON({ include: ['stat'] }), { name: 'InvalidArgumentError', field: 'include', message: /"stat"/ });
  assert.throws(() => snapshot.toJSON({ exclude: 'id' }), { field: 'exclude' });
  assert.throws(() => snapshot.toJSON({ includes: [] }), { field: 'includes' });
  assert.deepEqual(new SessionSnapshot(session()).toJSON({ include: ['pr'] }), {}, 'a pull request may be missing');
});

test('Markdown has the state, the files, the insights and the timeline', () => {
  const text = snapshot.toMarkdown();
  for (const part of [/^# .+\n\n- Session: \[\d+\]\(https:\S+\)\n- State: completed\n/, /^- Pull request: \[.*\]\(https:\S+\)$/m, /^## Files$/m, /^## Insights$/m, /^## Timeline$/m]) {
    assert.match(text, part);
  }
  assert.equal(text.match(/^- \S+ \*\*\w+\*\* /gm).length, activities.length);
});

test('texts of the service cannot add Markdown of their own', () => {
  const evil = new SessionSnapshot(session({ title: 'x\n# y <b>' }), [activity({ agentMessaged: { agentMessage: 'a\n- [b](c) **d**' } })]);
  assert.match(evil.toMarkdown(), /^# x \\# y \\<b\\>$/m);
  assert.match(evil.toMarkdown(), /Agent: a - \\\[b\\\]\(c\) \\\*\\\*d\\\*\\\*$/m);
});

test('a snapshot of any recorded session can be printed, with and without times', () => {
  for (const { name, wire } of all().filter(({ kind }) => kind === 'session')) {
    for (const given of [wire, { ...wire, createTime: undefined }]) {
      const made = new SessionSnapshot(READERS.session(given), activities);
      assert.ok(made.toMarkdown().length > 0 && JSON.stringify(made).length > 0, name);
      assert.ok(made.durationMs >= 0, name);
    }
  }
});

test('the duration is written in hours, minutes and seconds', () => {
  const lasting = (end) => new SessionSnapshot(session({ createTime: '2026-01-01T00:00:00Z', updateTime: `2026-01-01T${end}Z` })).toMarkdown();
  assert.match(lasting('01:02:03'), /^- Duration: 1 h 2 min 3 s$/m);
  assert.match(lasting('02:00:00'), /^- Duration: 2 h$/m);
  assert.match(lasting('00:00:00'), /^- Duration: 0 s$/m);
});

test('activities are selected by their neighbours, type, order and number', () => {
  const list = ['a', 'b', 'c', 'd'].map((id, index) => ({ id, type: index % 2 ? 'agentMessaged' : 'progressUpdated' }));
  const ids = (options) => selected(list, options).map(({ id }) => id).join('');
  assert.deepEqual([ids({}), ids({ after: 'a' }), ids({ before: 'd' }), ids({ after: 'a', before: 'd' })], ['abcd', 'bcd', 'abc', 'bc']);
  assert.deepEqual([ids({ type: 'agentMessaged' }), ids({ order: 'desc', limit: 2 }), ids({ limit: 0 }), ids({ after: 'd', before: 'a' })], ['bd', 'dc', '', '']);
  assert.throws(() => ids({ after: 'x' }), { name: 'InvalidArgumentError', field: 'after' });
  assert.throws(() => ids({ before: 'x' }), { field: 'before' });
});
