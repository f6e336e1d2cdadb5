/** What the client gives out is plain data, with a few methods that do not get in the way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import * as everything from 'jules-wasm';
import { optionsFor, startService } from './support/fake-service.mjs';

const { connect } = everything;

async function finished(t) {
  const service = await startService(t);
  const jules = connect(optionsFor(service));
  const session = await jules.run({ prompt: 'p', source: { github: 'owner/repo', baseBranch: 'main' } });
  await session.result();
  return { service, jules, session };
}

async function readAll(jules, id) {
  const session = jules.session(id);
  const streamed = [];
  for await (const activity of session.stream()) streamed.push(activity);
  const sources = [];
  for await (const source of jules.sources()) sources.push(source);
  return {
    info: await session.info(),
    outcome: await session.result(),
    waited: await session.waitFor('completed'),
    page: await session.activities.list(),
    activity: await session.activities.get(streamed[0].id),
    sessions: await jules.sessions(),
    streamed,
    sources,
  };
}

function* objects(value, path = '', seen = new Set()) {
  if (value === null || typeof value !== 'object' || seen.has(value)) return;
  seen.add(value);
  yield [path, value];
  for (const key of Object.keys(value)) yield* objects(value[key], `${path}.${key}`, seen);
}

test('two reads give equal data, and what is done to one does not reach the other', async (t) => {
  const { jules, session } = await finished(t);
  const first = await readAll(jules, session.id);
  const second = await readAll(jules, session.id);
  assert.deepStrictEqual(first, second);
  const before = structuredClone(await session.info());
  const info = await session.info();
  info.activities.pop();
  info.title = 'changed';
  assert.deepEqual(structuredClone(await session.info()), before);
});

test('results survive JSON, spread and structuredClone', async (t) => {
  const { jules, session } = await finished(t);
  for (const [name, value] of Object.entries(await readAll(jules, session.id))) {
    const text = JSON.stringify(value);
    assert.equal(JSON.stringify(JSON.parse(text)), text, name);
    assert.equal(JSON.stringify(structuredClone(value)), text, name);
    assert.equal(JSON.stringify(Array.isArray(value) ? [...value] : { ...value }), text, name);
    for (const [path, object] of objects(value)) {
      for (const key of Object.keys(object)) assert.notEqual(typeof object[key], 'function', `${name}${path}.${key}`);
      assert.ok(!Object.values(object).includes(undefined), `${name}${path} has an undefined field`);
    }
  }
});

test('nothing public has a method for freeing memory, or another trace of wasm', async (t) => {
  const { jules, session } = await finished(t);
  const results = await readAll(jules, session.id);
  const stream = session.stream();
  const roots = { ...results, ...everything, jules, session, stream, cursor: jules.sessions(), activities: session.activities, list: jules.sources() };
  for (const [name, root] of Object.entries(roots)) {
    for (const [path, object] of [['', root], ...objects(root)]) {
      for (let at = object; at && at !== Object.prototype && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
        const keys = Reflect.ownKeys(at).filter((key) => !(root === stream && key === Symbol.asyncDispose));
        const traces = keys.filter((key) => /free|dispose|wbg|ptr/i.test(String(key)));
        assert.deepEqual(traces, [], name + path);
      }
    }
  }
  await stream.return();
});

test('the keys of what is given out are those that a reader expects', async (t) => {
  const { jules, session } = await finished(t);
  const { info, outcome, page } = await readAll(jules, session.id);
  assert.deepEqual(Object.keys(session), ['id']);
  assert.equal(JSON.stringify(session), `{"id":"${session.id}"}`);
  const known = ['activities', 'archived', 'createTime', 'id', 'name', 'outputs', 'prompt', 'sourceContext', 'state', 'title', 'updateTime', 'url'];
  assert.deepEqual(Object.keys(info).sort(), known);
  assert.deepEqual(Object.keys(page), ['activities']);
  const expected = ['changeSets', 'outputs', 'pullRequest', 'sessionId', 'state', 'title', 'url'];
  assert.deepEqual(Object.keys(outcome).sort(), expected);
  assert.deepEqual(Object.keys(page.activities[0]).sort(), ['artifacts', 'createTime', 'cursor', 'id', 'name', 'originator', 'plan', 'type']);
});

test('what is printed can be read', async (t) => {
  const { jules, session } = await finished(t);
  const { outcome, page } = await readAll(jules, session.id);
  assert.match(inspect(session), /^SessionClient \{ id: '\d+' \}$/);
  assert.match(inspect(jules), /^JulesClient \{/);
  assert.match(inspect(outcome), /^SessionOutcome \{[^]*state: 'completed'/);
  assert.match(inspect(page.activities, { depth: 4 }), /BashArtifact \{[^]*command: 'npm test'/);
  for (const value of [session, jules, outcome, page, session.stream()]) {
    assert.ok(inspect(value, { depth: Infinity }).length < 20_000);
    assert.doesNotMatch(inspect(value, { depth: Infinity, showHidden: true }), /__wbg|ptr/);
  }
});

test('an error is an Error: it has a name, a message, a stack that leads to the caller, and JSON', async (t) => {
  const { jules } = await finished(t);
  async function theCallersOwnFunction() {
    return await jules.session('404').info();
  }
  const error = await theCallersOwnFunction().catch((thrown) => thrown);
  assert.ok(error instanceof everything.JulesError && error instanceof Error && Object.prototype.toString.call(error) === '[object Error]');
  assert.match(error.stack, /^JulesApiError: \[404 NOT_FOUND\][^]*theCallersOwnFunction/);
  const json = JSON.parse(JSON.stringify(error));
  assert.deepEqual([json.name, json.code, json.status, json.message], ['JulesApiError', 'api_error', 404, error.message]);
  assert.ok(structuredClone(error) instanceof Error);
  assert.equal('stack' in json, false);
});

test('the package exports what is documented and nothing from its inside', () => {
  const errors = ['JulesError', 'InvalidArgumentError', 'JulesBatchError', 'JulesApiError', 'JulesAuthenticationError', 'JulesRateLimitError', 'JulesUnknownOutcomeError',
    'SourceNotFoundError', 'JulesDecodeError', 'JulesNetworkError', 'TimeoutError', 'AbortError', 'MissingApiKeyError', 'InvalidStateError',
    'AutomatedSessionFailedError', 'JulesInternalError'];
  const values = ['jules', 'connect', 'parseUnidiff'];
  assert.deepEqual(Object.keys(everything).sort(), [...errors, ...values].sort());
  for (const name of errors) assert.equal(everything[name].prototype.name, name);
  assert.equal(everything.JulesError.name, 'JulesError');
});
