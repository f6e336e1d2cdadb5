/** What the public objects are made of: defaults that the service leaves out, and whatever is unknown. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { outcomeOf, waitedOf } from '../../pkg-template/lib/model.js';
import { all, CURSOR, LISTS, load, plain, READERS } from './fixtures.mjs';
import { at, leaves, mutations, paths, renamed, replaced } from './mutations.mjs';

const read = (kind, wire) => plain(READERS[kind](wire));

test('the first step of a plan has the index 0', () => {
  const { steps } = read('activities', load('activities-list-all-types')).items[0].plan;
  assert.deepEqual(steps.map(({ index }) => index), [0, 1, 2, 3, 4]);
});

test('a successful command has the exit code 0', () => {
  const { items } = read('activities', load('activities-list-all-types'));
  assert.deepEqual([items[2].artifacts[0].exitCode, items[7].artifacts[0].exitCode], [0, 1]);
});

test('a public repository is not private and has no branches but those named', () => {
  const source = read('source', load('source-minimal-proto3'));
  assert.deepEqual([source.type, source.githubRepo.isPrivate, source.githubRepo.branches], ['githubRepo', false, []]);
});

test('a session with only a name is valid', () => {
  assert.deepEqual(read('session', { name: 'sessions/77' }), {
    name: 'sessions/77', id: '77', prompt: '', title: '', url: 'https://jules.google.com/session/77', state: 'unspecified',
    createTime: '', updateTime: '', archived: false, outputs: [],
  });
});

test('an activity with only a name and an event is valid', () => {
  assert.deepEqual(read('activity', { name: 'sessions/77/activities/a', agentMessaged: {} }), {
    type: 'agentMessaged', id: 'a', name: 'sessions/77/activities/a', createTime: '', originator: 'system', message: '',
    artifacts: [], cursor: CURSOR,
  });
});

test('a change set without a patch has an empty one', () => {
  const bare = read('activity', { name: 'a', progressUpdated: {}, artifacts: [{ changeSet: {} }] });
  const gitPatch = { unidiffPatch: '', baseCommitId: '', suggestedCommitMessage: '' };
  assert.deepEqual(bare.artifacts[0], { type: 'changeSet', source: '', gitPatch });
});

test('an output with two members keeps both', () => {
  const outputs = [{ pullRequest: { url: 'u' }, changeSet: { source: 's' } }];
  assert.deepEqual(read('session', { name: 'sessions/77', outputs }).outputs.map(({ type }) => type), ['pullRequest', 'changeSet']);
});

test('integers written as text are integers', () => {
  const index = (index) => read('activity', { planGenerated: { plan: { steps: [{ index }] } } }).plan.steps[0].index;
  assert.deepEqual(['3', 3, '-3', '3.5', 3.5, 'x', '', null, {}, 1e300].map(index), [3, 3, -3, 0, 0, 0, 0, 0, 0, 0]);
});

test('null is read like a missing value', () => {
  for (const [kind, read] of Object.entries(READERS)) {
    for (const nothing of [null, undefined, [], 7, 'text']) {
      const { raw: _, ...shown } = plain(read(nothing));
      const { raw: __, ...empty } = plain(read({}));
      assert.deepEqual(shown, empty, `${kind} of ${JSON.stringify(nothing)}`);
    }
  }
});

test('an outcome has the change sets of its session, otherwise that of the activities', () => {
  const outputs = [{ changeSet: { source: 's' } }, { pullRequest: { url: 'u' } }, { changeSet: { source: 't' } }];
  const session = { name: 'sessions/7', state: 'COMPLETED' };
  const whole = outcomeOf({ session: { ...session, outputs }, incomplete: [] });
  assert.deepEqual([whole.changeSets.map(({ source }) => source), whole.pullRequest.url], [['s', 't'], 'u']);
  const other = outcomeOf({ session, changeSet: { source: 'a' }, incomplete: [] });
  assert.deepEqual(plain(other.changeSet()), { type: 'changeSet', source: 'a', gitPatch: { unidiffPatch: '', baseCommitId: '', suggestedCommitMessage: '' } });
  const none = outcomeOf({ session: { ...session, state: 'FAILED' }, failureReason: 'No disk left', incomplete: [] });
  assert.deepEqual(plain(none), {
    sessionId: '7', title: '', state: 'failed', url: 'https://jules.google.com/session/7', failureReason: 'No disk left', outputs: [], changeSets: [],
  });
});

test('the result of a wait has exactly the properties of its reason', () => {
  const session = { name: 'sessions/7', state: 'AWAITING_PLAN_APPROVAL' };
  const plan = { id: 'p', steps: [{ title: 'Read' }] };
  const waited = waitedOf({ reason: 'needsApproval', session, plan });
  assert.deepEqual(Object.keys(waited), ['reason', 'session', 'plan']);
  assert.deepEqual(waited.plan, { id: 'p', steps: [{ id: '', title: 'Read', index: 0 }], createTime: '' });
  assert.deepEqual(Object.keys(waitedOf({ reason: 'stalled', session, silentMs: 0 })), ['reason', 'session', 'silentMs']);
});

test('reading never fails for missing or wrong values', () => {
  let count = 0;
  for (const { name, kind, wire } of all()) {
    for (const path of paths(wire)) {
      for (const [what, mutated] of mutations(wire, path)) {
        assert.equal(typeof read(kind, mutated), 'object', `${name} ${what}`);
        count++;
      }
    }
  }
  assert.ok(count > 8_000, String(count));
});

test('an invalid entry does not affect the others of its list', () => {
  let count = 0;
  for (const { name, kind, wire } of all()) {
    const list = LISTS[kind];
    if (!list) continue;
    const whole = read(kind, wire).items;
    for (const path of paths(wire).filter(([first, second]) => first === list && second !== undefined)) {
      const others = whole.toSpliced(Number(path[1]), 1);
      for (const [what, mutated] of mutations(wire, path)) {
        const { items } = read(kind, mutated);
        const isGone = path.length === 2 && what.startsWith('without');
        assert.equal(items.length, isGone ? others.length : whole.length, `${name} ${what}`);
        assert.deepEqual(isGone ? items : items.toSpliced(Number(path[1]), 1), others, `${name} ${what}`);
        count++;
      }
    }
  }
  assert.ok(count > 5_000, String(count));
});

/** Whether something in the model follows from a value of the answer otherwise than by holding it. */
const followsFrom = (place, path) => path.at(-1) === 'state' && /\/(state|rawState)$/.test(place);

test('a wrong value affects only its own property', () => {
  let count = 0;
  for (const { name, kind, wire } of all()) {
    const before = leaves(read(kind, wire));
    for (const path of paths(wire).filter((path) => typeof at(wire, path) !== 'object')) {
      const old = String(at(wire, path)).toLowerCase();
      for (const value of [null, [], {}, { futureField: 1 }]) {
        const after = leaves(read(kind, replaced(wire, path, value)));
        for (const [place, shown] of before) {
          if (after.get(place) === shown) continue;
          assert.ok(shown.toLowerCase().includes(old) || followsFrom(place, path), `${name} with ${JSON.stringify(value)} at ${path}: ${place}`);
          count++;
        }
      }
    }
  }
  assert.ok(count > 500, String(count));
});

test('an unknown state is kept as rawState', () => {
  for (const state of ['CANCELLED', 'RUNNING', 'completed', 'ÜBER', 'toString', '__proto__']) {
    const session = read('session', { name: 'sessions/7', state });
    assert.deepEqual([session.state, session.rawState], ['unspecified', state]);
  }
  for (const state of ['', undefined, null, 7, 'STATE_UNSPECIFIED']) {
    const session = read('session', { name: 'sessions/7', state });
    assert.deepEqual([session.state, session.rawState], ['unspecified', undefined]);
  }
});

test('an unknown event, artifact, output or source is kept whole', () => {
  const events = ['agentMessaged', 'userMessaged', 'planGenerated', 'planApproved', 'progressUpdated', 'sessionCompleted', 'sessionFailed'];
  const unions = [...events, 'changeSet', 'media', 'bashOutput', 'pullRequest', 'githubRepo'];
  const seen = new Set();
  for (const { name, kind, wire } of all()) {
    for (const path of paths(wire).filter((path) => unions.includes(path.at(-1)))) {
      const mutated = renamed(wire, path);
      const place = path.slice(0, -1);
      const shown = at(read(kind, mutated), kind in LISTS ? ['items', ...place.slice(1)] : place);
      assert.equal(shown.type, 'unknown', `${name} ${path}`);
      assert.deepEqual(shown.raw, at(mutated, place), `${name} ${path}`);
      seen.add(path.at(-1));
    }
  }
  assert.deepEqual([...seen].sort(), unions.toSorted());
});

test('a field named __proto__ is kept and changes no prototype', () => {
  const wire = JSON.parse('{"id":"a","somethingNew":{"__proto__":{"polluted":true}},"__proto__":{"agentMessaged":{}}}');
  const activity = READERS.activity(wire);
  assert.equal(activity.type, 'unknown');
  assert.equal(JSON.stringify(activity.raw), JSON.stringify(wire));
  assert.equal({}.polluted, undefined);
});

test('the activities of every type and the completed session are exactly these', () => {
  const expected = JSON.parse(readFileSync(new URL('expected.json', import.meta.url), 'utf8'));
  const { items, nextPageToken } = read('activities', load('activities-list-all-types'));
  assert.deepEqual(items, expected.activities);
  assert.equal(nextPageToken, '1787346421522664000');
  assert.deepEqual(read('session', load('session-completed-with-pr-and-changeset')), expected.session);
});
