/** Requests that the package does not wrap. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect, InvalidArgumentError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';
import { KEY, optionsFor, startService } from './support/fake-service.mjs';
import { sendJson, serve } from './support/server.mjs';

test('a request has the key, its query and its body, and resolves with the JSON of the response', async (t) => {
  const answers = { GET: { odd: [1, 2] }, POST: 'text', PATCH: null, DELETE: {} };
  const server = await serve(t, ({ method }, response) => sendJson(response, answers[method]));
  const jules = connect({ ...optionsFor(server), headers: { 'x-mine': '1' } });
  const query = { filter: 'a = "b c" & ü', pageSize: 5, deep: false, left: undefined, out: null };
  for (const [method, body] of [['GET'], ['POST', { a: ['ü'] }], ['PATCH', 'text'], ['DELETE']]) {
    assert.deepEqual(await jules.request(`${method} /new/thing:do?x=1`, { query, body }), answers[method]);
    const { headers, ...asked } = server.requests.at(-1);
    assert.deepEqual([asked.method, asked.path, Object.fromEntries(asked.query)],
      [method, '/v1alpha/new/thing:do', { x: '1', filter: 'a = "b c" & ü', pageSize: '5', deep: 'false' }]);
    assert.deepEqual([asked.body, headers['x-goog-api-key'], headers['x-mine']], [body === undefined ? '' : JSON.stringify(body), KEY, '1']);
    assert.equal(headers['content-type'], body === undefined ? undefined : 'application/json');
  }
  assert.deepEqual(await jules.request('GET /'), answers.GET);
});

test('a GET is repeated, another method only if it did not reach the service', async () => {
  const on = (fault) => [{ times: 2, fault }];
  const config = { rateLimitRetry: { baseDelayMs: 1, maxDelayMs: 2 } };
  const outcome = async (route, fault) => {
    const emulator = await createEmulator({ clock: 'virtual', faults: on(fault) });
    const body = route.startsWith('POST') ? { prompt: 'p' } : undefined;
    const result = await connect({ ...emulator, config }).request(route, { body }).then(() => 'done', (error) => error.outcome);
    return [result, emulator.requests.length];
  };
  for (const fault of [{ status: 503 }, { status: 429 }, { reset: true }, { refuse: true }]) {
    assert.deepEqual(await outcome('GET /sessions', fault), ['done', 3]);
  }
  for (const fault of [{ status: 503 }, { status: 429 }, { reset: true }]) assert.deepEqual(await outcome('POST /sessions', fault), ['unknown', 1]);
  assert.deepEqual(await outcome('POST /sessions', { refuse: true }), ['done', 3]);
});

test('a request ends by its timeout and its signal, and without time it is not sent', async () => {
  const emulator = await createEmulator({ clock: 'virtual', faults: [{ times: Infinity, fault: { hang: true } }] });
  const jules = connect(emulator);
  await assert.rejects(jules.request('GET /sessions', { timeoutMs: 5 }), { name: 'TimeoutError' });
  await assert.rejects(jules.request('POST /sessions', { timeoutMs: 200 }), { name: 'TimeoutError', outcome: 'unknown' });
  await assert.rejects(jules.request('POST /sessions', { signal: AbortSignal.abort() }), { name: 'AbortError', outcome: 'notSent' });
  const sent = emulator.requests.length;
  await assert.rejects(jules.request('POST /sessions', { timeoutMs: 0 }), { name: 'TimeoutError', outcome: 'notSent' });
  assert.equal(emulator.requests.length, sent);
});

test('a route leads only below the base URL, and options are checked, before any request', async (t) => {
  const service = await startService(t);
  const jules = connect(optionsFor(service));
  const cyclic = {};
  cyclic.self = cyclic;
  const cases = [
    ...[undefined, null, 7, '', 'sessions', '/sessions', 'get /sessions', 'PUT /sessions', 'GET sessions', 'GET  /sessions', 'GET https://x.test/',
      'GET /../x', 'GET /a/./b', 'GET /a/..?x', 'GET /%2e%2E/x', 'GET /a\\..\\b', 'GET /a#b', 'GET /a b', 'GET /a\n'].map((route) => [route, undefined, 'route']),
    ['GET /sessions', { body: {} }, 'body'],
    ['POST /sessions', { body: cyclic }, 'body'],
    ['POST /sessions', { body: () => {} }, 'body'],
    ['POST /sessions', { body: 5n }, 'body'],
    ['GET /sessions', { query: { a: {} } }, 'query.a'],
    ['GET /sessions', { query: [['a', 1]] }, 'query'],
    ['GET /sessions', { params: {} }, 'params'],
  ];
  for (const [route, options, field] of cases) {
    const refused = (error) => error instanceof InvalidArgumentError && error.field === field;
    await assert.rejects(jules.request(route, options), refused, `${route} ${field}`);
  }
  assert.deepEqual(service.log, []);
});
