/** Results are plain data with methods on their prototypes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect, isDeepStrictEqual } from 'node:util';

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

test('two reads return equal and independent data', async (t) => {
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
        const keys = Reflect.ownKeys(at).filter((key) => !((root === stream || root === jules) && key === Symbol.asyncDispose));
        const traces = keys.filter((key) => /free|dispose|wbg|ptr/i.test(String(key)));
        assert.deepEqual(traces, [], name + path);
      }
    }
  }
  await stream.return();
});

test('results have the documented keys', async (t) => {
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

test('printed results are readable', async (t) => {
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

test('an error has a name, a message, the stack of the caller and a JSON form', async (t) => {
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

test('the package exports exactly what is documented', () => {
  const errors = ['JulesError', 'InvalidArgumentError', 'JulesBatchError', 'JulesApiError', 'JulesAuthenticationError', 'JulesRateLimitError', 'JulesUnknownOutcomeError',
    'SourceNotFoundError', 'JulesDecodeError', 'JulesNetworkError', 'TimeoutError', 'AbortError', 'MissingApiKeyError', 'PatchError', 'InvalidStateError',
    'AutomatedSessionFailedError', 'JulesLoadError', 'JulesInternalError', 'JulesJournalError', 'ClientClosedError', 'AutopilotError'];
  const values = ['jules', 'connect', 'preload', 'parseUnidiff'];
  assert.deepEqual(Object.keys(everything).sort(), [...errors, ...values].sort());
  for (const name of errors) assert.equal(everything[name].prototype.name, name);
  assert.equal(everything.JulesError.name, 'JulesError');
});

const PATCH = ['diff --git a/a.txt b/a.txt', 'new file mode 100644', '--- /dev/null', '+++ b/a.txt', '@@ -0,0 +1,100 @@',
  ...Array.from({ length: 100 }, (_, n) => `+line ${n}`), 'diff --git a/b b/c', 'similarity index 90%', 'rename from b', 'rename to c', ''].join('\n');

/** A client of a service whose strings are so long that they are decoded when they are looked at. */
function withLongStrings(patch = PATCH) {
  const output = `out ${'o'.repeat(600)}`;
  const changeSet = { source: 's', gitPatch: { unidiffPatch: patch } };
  const activity = (id, more) => ({ name: `sessions/1/activities/${id}`, id, createTime: `2026-08-21T21:05:1${id}Z`, ...more });
  const activities = [
    activity('1', { progressUpdated: { title: 't' }, artifacts: [{ changeSet }, { media: { data: 'A'.repeat(600), mimeType: 'image/png' } }, { bashOutput: { command: 'c', output } }] }),
    activity('2', { planGenerated: { plan: { id: 'p', steps: [{ id: 's', title: 'Read' }] } } }),
    JSON.parse(JSON.stringify(activity('3', { future: {} })).replace('{}', '{"__proto__":{"x":[1]}}')),
  ];
  const session = { name: 'sessions/1', id: '1', state: 'COMPLETED', outputs: [{ changeSet }] };
  const fetch = async (url) => Response.json(url.includes('activities/1') ? activities[0] : /activities/.test(url) ? { activities: activities.filter(({ createTime }) => !url.includes('filter') || createTime > '2026-08-21T21:05:13') } : session);
  return connect({ apiKey: 'key', fetch }).session('1');
}

test('the files of an outcome are plain data, in order', async () => {
  const files = (await withLongStrings().result()).generatedFiles();
  const same = (await withLongStrings().result()).generatedFiles();
  const other = (await withLongStrings(PATCH.replaceAll('a.txt', 'other.txt')).result()).generatedFiles();
  assert.ok(isDeepStrictEqual(files, same));
  assert.ok(!isDeepStrictEqual(files, other));
  assert.deepEqual(structuredClone(files), [...files]);
  assert.deepEqual(JSON.parse(JSON.stringify(files)), JSON.parse(JSON.stringify(files.all())));
  assert.deepEqual([files.size, files.all().map(({ path }) => path), Array.isArray(files.all())], [2, ['a.txt', 'c'], true]);
  assert.deepEqual(files.filter('renamed').map(({ oldPath }) => oldPath), ['b']);
  assert.deepEqual([files.get('c'), files.get('b')], [files.all()[1], undefined]);
  files.all().pop();
  assert.equal(files.size, 2);
  assert.deepEqual((await withLongStrings('').result()).generatedFiles().all(), []);
});

test('the files of an outcome are found by path, as in a Map', async () => {
  const files = (await withLongStrings().result()).generatedFiles();
  assert.deepEqual([files.has('c'), files.has('b')], [true, false]);
  assert.deepEqual([...files.keys()], ['a.txt', 'c']);
  assert.deepEqual([...files.values()], files.all());
  assert.deepEqual(new Map(files.entries()), new Map(files.all().map((file) => [file.path, file])));
});

test('of a path that occurs twice the later file is kept, and array methods return plain arrays', async () => {
  const files = (await withLongStrings(`${PATCH}diff --git a/a.txt b/a.txt\ndeleted file mode 100644\n`).result()).generatedFiles();
  assert.deepEqual(files.all().map(({ path, changeType }) => [path, changeType]), [['a.txt', 'deleted'], ['c', 'renamed']]);
  for (const made of [files.all(), files.filter('deleted'), files.filter(() => true), files.map(({ path }) => path)]) {
    assert.equal(Object.getPrototypeOf(made), Array.prototype);
  }
});

test('outcomes with equal data are equal, whichever methods were called', async () => {
  const [asked, fresh, other] = [await withLongStrings().result(), await withLongStrings().result(), await withLongStrings(PATCH.replace('line 1', 'x')).result()];
  asked.generatedFiles();
  assert.ok(isDeepStrictEqual(asked, fresh));
  assert.ok(!isDeepStrictEqual(asked, other));
});

test('outcomes and light activities also work frozen or behind a proxy', async () => {
  const ways = { frozen: Object.freeze, proxied: (value) => new Proxy(value, {}), derived: Object.create };
  for (const [way, by] of Object.entries(ways)) {
    const session = withLongStrings();
    const outcome = by(await session.result());
    assert.deepEqual(outcome.generatedFiles().map(({ path }) => path), ['a.txt', 'c'], way);
    assert.equal(outcome.generatedFiles(), outcome.generatedFiles(), way);
    for await (const activity of session.stream({ artifacts: false })) {
      const light = by(activity);
      const artifacts = await light.loadArtifacts();
      assert.ok(Array.isArray(artifacts), way);
      assert.equal(light.artifacts, way === 'frozen' ? undefined : artifacts, way);
      break;
    }
  }
});

test('printing shows long strings unchanged and has no side effects', async () => {
  const read = async () => {
    const session = withLongStrings();
    const outcome = await session.result();
    return { outcome, files: outcome.generatedFiles(), parsed: outcome.changeSet().parsed(), info: await session.info() };
  };
  const [printed, untouched] = [await read(), await read()];
  const shown = {
    outcome: [/^SessionOutcome \{[^]*ChangeSetArtifact \{[^]*unidiffPatch: 'diff --git/, /line 99/],
    files: [/^GeneratedFiles\(2\) \[[^]*content: 'line 0/, /patch: 'diff --git/],
    parsed: [/content: 'line 0/, /patch: 'diff --git/],
    info: [/ChangeSetArtifact \{[^]*unidiffPatch: 'diff --git/, /MediaArtifact \{[^]*data: 'AAA/, /BashArtifact \{[^]*output: 'out ooo/],
  };
  for (const [name, patterns] of Object.entries(shown)) {
    const text = inspect(name === 'info' ? printed.info.activities : printed[name], { depth: Infinity });
    assert.doesNotMatch(text, /Getter|Symbol|\[Function/, name);
    for (const pattern of patterns) assert.match(text, pattern);
  }
  assert.deepStrictEqual(printed, untouched);
  assert.equal(JSON.stringify(printed), JSON.stringify(untouched));
});

test('info() returns a fresh array of the same activities each time', async () => {
  const session = withLongStrings();
  const { activities } = await session.info();
  const kept = [...activities];
  activities.length = 1;
  const again = (await session.info()).activities;
  assert.equal(again.length, kept.length);
  assert.ok(again.every((activity, index) => activity === kept[index]));
  assert.equal(again[0].artifacts[0].parsed().files.length, 2);
});

test('results have no accessors, no symbols and no hidden properties of their own', async () => {
  const session = withLongStrings();
  const results = { info: await session.info(), outcome: await session.result(), page: await session.activities.list() };
  for (const [path, object] of objects(results)) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      if (Array.isArray(object) && name === 'length') continue;
      assert.ok(property.enumerable && 'value' in property, `${path}.${name}`);
    }
    assert.deepEqual(Object.getOwnPropertySymbols(object), [], path);
  }
});
