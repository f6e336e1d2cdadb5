/** The environment of a client: fetch, timers, the clock, headers, the base URL, a logger. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect, JulesApiError, JulesError, JulesNetworkError } from 'jules-wasm';
import { KEY, optionsFor, startService } from './support/fake-service.mjs';
import { sendJson, serve } from './support/server.mjs';
import { manifest } from './tools.mjs';

const turns = async (count = 5) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

function replace(t, object, name, value) {
  const original = object[name];
  object[name] = value;
  t.after(() => (object[name] = original));
}

test('creating a session is one POST with the documented headers, and no other request', async (t) => {
  const service = await startService(t);
  const jules = connect(optionsFor(service));
  await jules.session({ prompt: 'Fix "it" – ü\n\t\u0000\ud83d\udc4b', title: 'T', requireApproval: false, autoPr: false,
    source: { github: 'owner/repo', baseBranch: 'feature/x', workingBranch: 'w', environmentVariablesEnabled: true } });
  assert.equal(service.requests.length, 1);
  const [{ method, url, headers, body }] = service.requests;
  assert.deepEqual([method, url, headers['content-type'], headers['x-goog-api-key']], ['POST', '/v1alpha/sessions', 'application/json', KEY]);
  const { automationMode = 'AUTOMATION_MODE_UNSPECIFIED', ...rest } = JSON.parse(body);
  assert.equal(automationMode, 'AUTOMATION_MODE_UNSPECIFIED');
  assert.deepEqual(rest, {
    prompt: 'Fix "it" – ü\n\t\u0000\ud83d\udc4b', title: 'T', requirePlanApproval: false,
    sourceContext: { source: 'sources/github/owner/repo', githubRepoContext: { startingBranch: 'feature/x' }, workingBranch: 'w', environmentVariablesEnabled: true },
  });
});

test('a globalThis.fetch that is replaced after the import is used, unless the options contain one', async (t) => {
  const answer = (calls) => async (url, init) => (calls.push([String(url), init.method]), Response.json({ name: 'sessions/1', id: '1' }));
  const globals = [];
  const own = [];
  const jules = connect({ apiKey: KEY });
  replace(t, globalThis, 'fetch', answer(globals));
  await jules.session({ prompt: 'p' });
  await jules.with({ fetch: answer(own) }).session({ prompt: 'p' });
  await connect({ apiKey: KEY, fetch: answer(own) }).with({}).session({ prompt: 'p' });
  assert.deepEqual(globals, [['https://jules.googleapis.com/v1alpha/sessions', 'POST']]);
  assert.equal(own.length, 2);
});

test('fetch is called without this, with a signal and with redirect: error', async () => {
  let seen;
  async function fetch(url, init) {
    seen = { self: this, url, init };
    return Response.json({ id: '1' });
  }
  await connect({ apiKey: KEY, fetch }).session('1').info({ activities: false });
  assert.equal(seen.self, undefined);
  assert.ok(seen.init.signal instanceof AbortSignal && !seen.init.signal.aborted);
  assert.ok(['manual', 'error'].includes(seen.init.redirect));
  assert.ok(new Request(seen.url, seen.init), 'the arguments are those of the real one');
});

test('a fetch that returns or throws invalid values is a JulesNetworkError', async () => {
  const config = { rateLimitRetry: { maxRetryTimeMs: 0 } };
  const odd = [() => undefined, () => null, () => 7, () => 'text', async () => undefined, () => ({}), () => ({ ok: true, json: () => ({}) }),
    () => ({ status: 200, headers: new Headers() }), () => ({ status: 200, headers: null, arrayBuffer: () => { throw new Error('no'); } }),
    () => { throw new Error('mine'); }, () => { throw undefined; }, () => { throw 'text'; }, () => { throw null; }, () => Promise.reject(7),
    () => Promise.reject({ cause: null }), () => { throw Object.assign(new Error('x'), { cause: 'text' }); }];
  const jules = connect({ apiKey: KEY, config, onUnknownOutcome: 'throw' });
  for (const fetch of odd) {
    for (const call of [(client) => client.session({ prompt: 'p' }), (client) => client.session('1').info()]) {
      await assert.rejects(call(jules.with({ fetch })), (error) => {
        assert.ok(error instanceof JulesError && error.code !== 'internal_error', `${fetch}: ${error.stack}`);
        return error instanceof JulesNetworkError || error instanceof JulesApiError;
      });
    }
  }
});

test('an hour of waiting passes instantly with mocked timers', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  let looks = 0;
  const begin = Date.now();
  const fetch = async () => (looks++, Response.json({ name: 'sessions/1', id: '1', state: Date.now() - begin < 3_600_000 ? 'IN_PROGRESS' : 'COMPLETED' }));
  const session = connect({ apiKey: KEY, fetch }).session('1');
  let done;
  const waiting = session.waitFor('completed').then((info) => (done = info));
  while (!done) {
    await turns();
    if (!done) t.mock.timers.tick(5000);
    assert.ok(looks < 1000);
  }
  await waiting;
  assert.equal(done.state, 'completed');
  assert.equal(looks, 721, 'one look each five seconds, and the first');
});

test('Retry-After uses the timers that are installed at that time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  let asked = 0;
  const fetch = async () => (++asked === 1 ? new Response('', { status: 429, headers: { 'retry-after': '120' } }) : Response.json({ name: 'sessions/1', id: '1' }));
  let made;
  const creating = connect({ apiKey: KEY, fetch }).session('1').info({ activities: false }).then((session) => (made = session));
  await turns();
  t.mock.timers.tick(119_000);
  await turns();
  assert.deepEqual([asked, made], [1, undefined]);
  t.mock.timers.tick(2500);
  await creating;
  assert.deepEqual([asked, made.id], [2, '1']);
});

test('a timer is cleared by the clearTimeout that belongs to its setTimeout', async (t) => {
  const rung = new Promise((resolve) => setTimeout(resolve, 90));
  let answer;
  const answers = new Promise((resolve) => (answer = resolve));
  const session = { name: 'sessions/1', id: '1', state: 'IN_PROGRESS' };
  const fetch = async (url) => (url.includes('sessions/2') && (await answers), Response.json(session));
  const jules = connect({ apiKey: KEY, fetch, config: { pollingIntervalMs: 50, rateLimitRetry: { maxRetryTimeMs: 0 } } });
  const controller = new AbortController();
  const waiting = jules.session('1').waitFor('completed', { timeoutMs: 40, signal: controller.signal });
  await turns();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  controller.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  const reading = jules.session('2').info({ activities: false });
  await rung;
  answer();
  assert.equal((await reading).state, 'inProgress');
});

test('a POST with an unknown outcome is not sent again; a GET is', async (t) => {
  let failures;
  const server = await serve(t, (_, response) => {
    if (failures-- > 0) response.writeHead(503).end();
    else sendJson(response, { name: 'sessions/1', id: '1' });
  });
  const jules = connect(optionsFor(server));
  failures = 2;
  await assert.rejects(jules.session({ prompt: 'p' }), (error) => error.status === 503 && error.outcome === 'unknown');
  assert.equal(server.requests.length, 1);
  failures = 2;
  server.requests.length = 0;
  assert.equal((await jules.session('1').info({ activities: false })).id, '1');
  assert.equal(server.requests.length, 3);
});

test('the logger receives a line per response; it may throw or lack a method', async (t) => {
  const service = await startService(t);
  const lines = [];
  const logger = { info(line) { lines.push([this === logger, line]); }, warn: () => {} };
  await connect({ ...optionsFor(service), logger }).session({ prompt: 'p' });
  assert.deepEqual(lines, [[true, `POST ${service.baseUrl}/sessions answered 200`]]);
  const thrower = () => { throw new Error('logger'); };
  for (const odd of [{}, { debug: thrower, info: thrower }, { info: 7 }, { get info() { return thrower(); } }, console]) {
    await connect({ ...optionsFor(service), logger: odd === console ? Object.assign(Object.create(console), { info() {} }) : odd }).session({ prompt: 'p' });
  }
});

test('custom headers are sent with every request and replace those of the same name', async (t) => {
  const service = await startService(t);
  const jules = connect({ ...optionsFor(service), headers: { 'X-Trace': 'one', 'x-other': 'a' } }).with({ headers: { 'x-trace': 'two' } });
  const session = await jules.session({ prompt: 'p' });
  await session.info();
  for (const { headers } of service.requests) assert.deepEqual([headers['x-trace'], headers['x-other']], ['two', 'a']);
  await jules.with({ headers: { 'content-type': 'application/json; charset=utf-8' } }).session({ prompt: 'p' });
  assert.equal(service.requests.at(-1).headers['content-type'], 'application/json; charset=utf-8');
  await jules.with({ apiKey: 'of-no-use-here', headers: { 'x-goog-api-key': KEY } }).session({ prompt: 'p' });
});

test('headers may be an object, a Headers, a Map or pairs', async (t) => {
  const service = await startService(t);
  const pairs = [['X-Trace', 'one'], ['x-other', 'a']];
  for (const make of [() => new Headers(pairs), () => new Map(pairs), () => pairs, () => pairs.values()]) {
    for (const jules of [connect({ ...optionsFor(service), headers: make() }), connect(optionsFor(service)).with({ headers: make() })]) {
      await jules.with({ throwOnFailure: true }).session({ prompt: 'p' });
      const { headers } = service.requests.at(-1);
      assert.deepEqual([headers['x-trace'], headers['x-other']], ['one', 'a'], `${make}`);
    }
  }
});

test('requests name the package and its version, unless a header replaces that', async (t) => {
  const service = await startService(t);
  const jules = connect(optionsFor(service));
  const session = await jules.session({ prompt: 'p' });
  await session.info();
  await jules.with({ headers: { 'user-agent': 'mine' } }).session({ prompt: 'p' });
  const agents = service.requests.map(({ headers }) => headers['user-agent']);
  const { version } = manifest;
  assert.deepEqual(agents, [...Array(agents.length - 1).fill(`jules-wasm/${version}`), 'mine']);
});

test('JULES_BASE_URL applies before the default and after the option, from the first call on', async (t) => {
  const [first, second] = [await startService(t), await startService(t)];
  t.after(() => delete process.env.JULES_BASE_URL);
  const { baseUrl, ...options } = optionsFor(first);
  process.env.JULES_BASE_URL = 'file:///etc/passwd';
  const jules = connect(options);
  await assert.rejects(jules.session({ prompt: 'p' }), { code: 'invalid_argument', field: 'JULES_BASE_URL' });
  process.env.JULES_BASE_URL = ` ${second.baseUrl}/ `;
  await jules.session({ prompt: 'p' });
  await jules.with({ throwOnFailure: true }).session({ prompt: 'p' });
  process.env.JULES_BASE_URL = 'http://127.0.0.1:1';
  await jules.session({ prompt: 'p' });
  await connect({ ...options, baseUrl }).session({ prompt: 'p' });
  assert.deepEqual([first.log.length, second.log.length], [1, 3]);
});

test('the base URL may contain a path and end with slashes', async (t) => {
  const server = await serve(t, (_, response) => sendJson(response, { name: 'sessions/1', id: '1' }));
  for (const [baseUrl, path] of [[`${server.origin}/proxy/jules/v1alpha`, '/proxy/jules/v1alpha/sessions'], [`${server.origin}/v1alpha/`, '/v1alpha/sessions'],
    [`${server.origin}/a//`, '/a/sessions'], [server.origin, '/sessions'], [`${server.origin}/`, '/sessions']]) {
    await connect({ apiKey: KEY, baseUrl }).session({ prompt: 'p' });
    assert.equal(server.requests.at(-1).url, path);
  }
});

test('changes of an options object after the call have no effect', async (t) => {
  const service = await startService(t);
  const options = { ...optionsFor(service), headers: { 'x-a': '1' } };
  const jules = connect(options);
  options.apiKey = 'wrong';
  options.headers['x-a'] = '2';
  options.baseUrl = 'http://127.0.0.1:9/';
  const session = await jules.session({ prompt: 'p' });
  assert.equal(service.requests[0].headers['x-a'], '1');
  const derived = jules.with({ headers: { 'x-b': '1' } });
  await derived.session(session.id).info();
  assert.equal(service.requests.at(-1).headers['x-b'], '1');
  await session.info();
  assert.equal(service.requests.at(-1).headers['x-b'], undefined, 'the client it came from is as it was');
});
