/** The recorded answers with every field taken out in turn and every enum changed, through every call that reads them. */
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

/** Values that stand for whatever a service may one day write. */
const ODD = [null, 'odd', '', 0, -1.5e300, true, [], {}, [null], { a: [] }];

/** Each place in a value: the way to it, and the value there. */
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

/** The value with one thing changed: a field gone, an enum that nobody knows, a value of another kind, a field more. */
function* variants(value) {
  let place = 0;
  yield value;
  for (const { way, value: there } of places(value)) {
    yield changed(value, way, (object, key) => (Array.isArray(object) ? object.splice(key, 1) : delete object[key]));
    if (isEnum(there)) yield changed(value, way, (object, key) => (object[key] = 'SOME_FUTURE_VALUE'));
    // One odd value at each place, another at the next: all at each would take four times as long.
    const odd = ODD[place++ % ODD.length];
    yield changed(value, way, (object, key) => (object[key] = odd));
    if (there && typeof there === 'object' && !Array.isArray(there)) {
      yield changed(value, way, (object, key) => (object[key].futureField = { deep: [1, { x: null }] }));
    }
  }
}

/** A client of a server whose answers the test sets by what is asked for. */
async function reading(t) {
  const answers = { session: {}, activities: {}, list: {} };
  const server = await serve(t, ({ path }, response) => {
    if (path.endsWith('/activities')) sendJson(response, answers.activities);
    else sendJson(response, /\/sessions\/[^/]+$/.test(path) ? answers.session : answers.list);
  });
  let keys = 0;
  // Lists of activities are paced for each key.
  const withNextKey = () => connect({ ...optionsFor(server), apiKey: `the-key-of-client-${++keys}` });
  return { answers, jules: withNextKey(), withNextKey };
}

/** Data that JSON and structuredClone take as it is. */
function isPlain(value, what) {
  assert.deepEqual(JSON.parse(JSON.stringify(value)), JSON.parse(JSON.stringify(structuredClone(value))), what);
}

/** One in so many variants of an activity is streamed too. */
const STREAMED = 7;

const ENDED = { name: 'sessions/1', id: '1', state: 'COMPLETED' };

for (const name of named(/^session-/)) {
  test(`${name}: whatever is missing or changed, the session is read`, async (t) => {
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
  test(`${name}: whatever is missing or changed, no activity costs another`, async (t) => {
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
        // A stream reads its activities as a list does, but takes several requests.
        if (count++ % STREAMED !== 0) continue;
        const others = page.activities.filter((_, index) => index !== at);
        const given = [];
        for await (const streamed of jules.session('1').stream()) given.push(streamed.id);
        // An activity whose time is lost or changed may hide behind what came before it; the others never.
        const earlier = new Set(given);
        if (body.createTime === activity.createTime) for (const { id } of others) assert.ok(earlier.has(id), id);
        const outcome = await jules.session('1').result();
        assert.ok(Array.isArray(outcome.generatedFiles().all()));
      }
    }
  });
}

for (const name of named(/^sources?-|^source\.json/)) {
  test(`${name}: whatever is missing or changed, the sources are read`, async (t) => {
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
      // A list is no source.
      if (name.startsWith('sources')) await assert.rejects(one, { code: 'decode_error' });
      else assert.equal(typeof (await one).name, 'string');
    }
  });
}

for (const name of named(/^error-/)) {
  test(`${name}: whatever is missing or changed, it is told as an error of the service`, async (t) => {
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

test('what is known is read as it was written', async (t) => {
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
