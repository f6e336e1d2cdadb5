/** The recorded responses, with each field removed and each enum changed in turn, read by every call that can read them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { connect } from 'jules-wasm';
import { optionsFor } from './support/fake-service.mjs';
import { sendJson, serve } from './support/server.mjs';

const folder = new URL('../fixtures/', import.meta.url);
const fixture = (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const named = (pattern) => readdirSync(folder).filter((name) => pattern.test(name));

const isEnum = (value) => typeof value === 'string' && /^[A-Z][A-Z_]+$/.test(value);

/** Values that the service might send in the future. */
const ODD = [null, 'odd', '', 0, -1.5e300, true, [], {}, [null], { a: [] }];

/** Each path in a value, with the value there. */
function* places(value, way = []) {
  if (value === null || typeof value !== 'object') return;
  for (const key of Object.keys(value)) {
    yield { way: [...way, key], value: value[key] };
    yield* places(value[key], [...way, key]);
  }
}

function changed(value, way, change) {
  const copy = structuredClone(value);
  const inner = way.slice(0, -1).reduce((at, key) => at[key], copy);
  change(inner, way.at(-1));
  return copy;
}

/** The value with one change: a field removed, an unknown enum, a value of another type, an additional field. */
function* variants(value) {
  let place = 0;
  yield value;
  for (const { way, value: there } of places(value)) {
    yield changed(value, way, (object, key) => (Array.isArray(object) ? object.splice(key, 1) : delete object[key]));
    if (isEnum(there)) yield changed(value, way, (object, key) => (object[key] = 'SOME_FUTURE_VALUE'));
    // One odd value per path, in turn: all values at each path would take four times as long.
    const odd = ODD[place++ % ODD.length];
    yield changed(value, way, (object, key) => (object[key] = odd));
    if (there && typeof there === 'object' && !Array.isArray(there)) {
      yield changed(value, way, (object, key) => (object[key].futureField = { deep: [1, { x: null }] }));
    }
  }
}

/** A client of a server whose responses the test sets by path. */
async function reading(t) {
  const answers = { session: {}, activities: {}, list: {} };
  const server = await serve(t, ({ path }, response) => {
    if (path.endsWith('/activities')) sendJson(response, answers.activities);
    else sendJson(response, /\/sessions\/[^/]+$/.test(path) ? answers.session : answers.list);
  });
  let keys = 0;
  // Activity lists are rate limited per key.
  const withNextKey = () => connect({ ...optionsFor(server), apiKey: `the-key-of-client-${++keys}` });
  return { answers, jules: withNextKey(), withNextKey };
}

/** Asserts that JSON and structuredClone keep the data unchanged. */
function isPlain(value, what) {
  assert.deepEqual(JSON.parse(JSON.stringify(value)), JSON.parse(JSON.stringify(structuredClone(value))), what);
}

/** Every n-th variant of an activity is also streamed. */
const STREAMED = 7;

const ENDED = { name: 'sessions/1', id: '1', state: 'COMPLETED' };

for (const name of named(/^session-/)) {
  test(`${name}: the session is read with any field missing or changed`, async (t) => {
    const { answers, jules } = await reading(t);
    let count = 0;
    for (const body of variants(fixture(name))) {
      count++;
      answers.session = body;
      answers.list = { sessions: [body, ENDED] };
      const { activities, ...session } = await jules.session('1').info();
      assert.deepEqual(activities, []);
      for (const field of ['name', 'id', 'prompt', 'title', 'url', 'state', 'createTime', 'updateTime']) {
        assert.equal(typeof session[field], 'string', field);
      }
      assert.ok(Array.isArray(session.outputs) && typeof session.archived === 'boolean');
      isPlain(session);
      const { sessions } = await jules.sessions();
      assert.deepEqual(sessions[0], session);
      assert.equal(sessions[1].state, 'completed', 'the rest of the list is there');
      if (session.state === 'completed' || session.state === 'failed') {
        const outcome = await jules.session('1').result();
        assert.equal(outcome.state, session.state);
        assert.ok(Array.isArray(outcome.generatedFiles().all()));
        isPlain(outcome);
      } else if (typeof body.state === 'string' && session.rawState !== undefined) {
        assert.deepEqual([session.state, session.rawState], ['unspecified', body.state]);
      }
    }
    assert.ok(count > 15, `${count} variants`);
  });
}

for (const name of named(/^activities-/)) {
  test(`${name}: an activity with a field missing or changed does not affect the others`, async (t) => {
    const { answers, withNextKey } = await reading(t);
    let count = 0;
    answers.session = ENDED;
    const { activities } = fixture(name);
    for (const [at, activity] of activities.entries()) {
      for (const body of variants(activity)) {
        answers.activities = { activities: activities.with ? activities.with(at, body) : Object.assign([...activities], { [at]: body }) };
        const jules = withNextKey();
        const page = await jules.session('1').activities.list();
        assert.equal(page.activities.length, activities.length);
        for (const read of page.activities) {
          assert.equal(typeof read.type, 'string');
          assert.ok(Array.isArray(read.artifacts));
          assert.equal(read.type === 'unknown', read.raw !== undefined);
        }
        isPlain(page);
        // A stream reads activities as a list does, but needs several requests.
        if (count++ % STREAMED !== 0) continue;
        const others = page.activities.filter((_, index) => index !== at);
        const given = [];
        for await (const streamed of jules.session('1').stream()) given.push(streamed.id);
        // An activity whose time is missing or changed may be sorted before the start of the stream; the others must appear.
        const earlier = new Set(given);
        if (body.createTime === activity.createTime) for (const { id } of others) assert.ok(earlier.has(id), id);
        const outcome = await jules.session('1').result();
        assert.ok(Array.isArray(outcome.generatedFiles().all()));
      }
    }
  });
}

for (const name of named(/^sources?-|^source\.json/)) {
  test(`${name}: the sources are read with any field missing or changed`, async (t) => {
    const { answers, jules } = await reading(t);
    for (const body of variants(fixture(name))) {
      answers.list = 'sources' in body || name.startsWith('sources') ? { ...body, nextPageToken: undefined } : { sources: [body, body] };
      const sources = [];
      for await (const source of jules.sources()) sources.push(source);
      assert.equal(sources.length, Array.isArray(answers.list.sources) ? answers.list.sources.length : 0);
      for (const source of sources) {
        assert.ok(source.type === 'githubRepo' ? Array.isArray(source.githubRepo.branches) : 'raw' in source);
      }
      isPlain(sources);
      answers.list = body;
      const one = jules.sources.get({ github: 'a/b' });
      // A list is not a source.
      if (name.startsWith('sources')) await assert.rejects(one, { code: 'decode_error' });
      else assert.equal(typeof (await one).name, 'string');
    }
  });
}

for (const name of named(/^error-/)) {
  test(`${name}: an error response with any field missing or changed is a JulesApiError`, async (t) => {
    let body;
    const { code } = fixture(name).error;
    const server = await serve(t, (_, response) => sendJson(response, body, code));
    const jules = connect(optionsFor(server, { rateLimitRetry: { maxRetryTimeMs: 0 } }));
    for (body of variants(fixture(name))) {
      for (const call of [() => jules.session({ prompt: 'p' }), () => jules.session('1').info({ activities: false })]) {
        await assert.rejects(call(), (error) => {
          assert.equal(error.status, code);
          assert.ok(error.message.includes(String(code)) && typeof error.code === 'string');
          return JSON.parse(JSON.stringify(error)).status === code;
        });
      }
    }
  });
}

test('known fields are read unchanged', async (t) => {
  const { answers, jules } = await reading(t);
  answers.session = fixture('session-failed.json');
  answers.activities = { activities: fixture('activities-list-all-types.json').activities };
  const { activities } = await jules.session('1').activities.list();
  const wire = answers.activities.activities;
  const kinds = ['agentMessaged', 'userMessaged', 'planGenerated', 'planApproved', 'progressUpdated', 'sessionCompleted', 'sessionFailed'];
  activities.forEach(({ type, id, createTime, artifacts }, index) => {
    assert.equal(type, kinds.find((kind) => kind in wire[index]) ?? 'unknown');
    assert.deepEqual([id, createTime], [wire[index].id, wire[index].createTime]);
    assert.equal(artifacts.length, wire[index].artifacts?.length ?? 0);
  });
  const byType = (type) => activities.filter((activity) => activity.type === type);
  assert.deepEqual(byType('planGenerated')[0].plan.steps.map(({ index }) => index), [0, 1, 2, 3, 4]);
  assert.equal(activities.flatMap(({ artifacts }) => artifacts).find(({ type }) => type === 'bashOutput').exitCode, 0);
  const outcome = await jules.session('1').result();
  assert.deepEqual([outcome.state, outcome.failureReason], ['failed', wire.findLast(({ sessionFailed }) => sessionFailed).sessionFailed.reason]);
});
