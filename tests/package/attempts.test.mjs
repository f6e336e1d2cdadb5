/** The hook around each attempt of a request, and the response of a call. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';

import { connect, JulesApiError, JulesNetworkError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';
import { KEY, optionsFor, startService } from './support/fake-service.mjs';

const QUICK = { pollingIntervalMs: 1, rateLimitRetry: { baseDelayMs: 1, maxDelayMs: 2 } };
const clientOf = async (aroundAttempt, options) =>
  connect({ ...(await createEmulator({ clock: 'virtual', ...options })), aroundAttempt, config: QUICK });

test('the hook runs around each attempt, with its number and without the key', async () => {
  const seen = [];
  const around = async (attempt, send) => {
    assert.ok(!JSON.stringify(attempt).includes('emulator-key'));
    const { method, url, attempt: number } = attempt;
    const result = await send().then(({ status }) => status, (error) => error.name);
    seen.push([method, new URL(url).pathname.split('/')[2], number, result]);
  };
  const faults = [{ on: 'get', times: 1, fault: { status: 503 } }, { on: 'get', times: 1, fault: { reset: true } }];
  const jules = await clientOf(around, { faults });
  const session = await jules.session({ prompt: 'p' });
  assert.equal((await session.info({ activities: false })).id, session.id);
  assert.deepEqual(seen, [['POST', 'sessions', 1, 200], ['GET', 'sessions', 1, 503], ['GET', 'sessions', 2, 'TypeError'], ['GET', 'sessions', 3, 200]]);
});

test('the hook adds headers, which replace none of the request', async (t) => {
  const service = await startService(t);
  const jules = connect({ ...optionsFor(service), aroundAttempt: (_, send) => send({ traceparent: '00-1', 'X-Goog-Api-Key': 'other' }) });
  await jules.session({ prompt: 'p' });
  const { traceparent, 'x-goog-api-key': key } = service.requests[0].headers;
  assert.deepEqual([traceparent, key], ['00-1', KEY]);
});

test('whatever the hook does, the request is sent once and its result is the same', async () => {
  const hooks = {
    'does nothing': () => {},
    'throws at once': () => { throw new Error('hook'); },
    'throws later': async () => { throw new Error('hook'); },
    'throws after it': async (_, send) => { await send(); throw new Error('hook'); },
    'sends twice': async (_, send) => { await Promise.all([send(), send()]); },
    'returns something else': async (_, send) => { await send(); return new Response('no', { status: 500 }); },
    'does not wait': (_, send) => { send(); },
  };
  for (const [name, hook] of Object.entries(hooks)) {
    const emulator = await createEmulator({ clock: 'virtual', faults: [{ on: 'delete', fault: { refuse: true } }] });
    const jules = connect({ ...emulator, aroundAttempt: hook, config: { ...QUICK, rateLimitRetry: { maxRetryTimeMs: 0 } } });
    const session = await jules.session({ prompt: 'p' });
    await assert.rejects(jules.session('404').info(), JulesApiError, name);
    await assert.rejects(session.delete(), (error) => error instanceof JulesNetworkError && error.outcome === 'notSent', name);
    assert.equal(emulator.requests.filter(({ method }) => method === 'POST').length, 1, name);
  }
});

test('a hook that never settles ends with the request timeout', async () => {
  const emulator = await createEmulator({ clock: 'virtual' });
  const jules = connect({ ...emulator, aroundAttempt: () => new Promise(() => {}), config: { requestTimeoutMs: 5, rateLimitRetry: { maxRetryTimeMs: 0 } } });
  await assert.rejects(jules.session('1').info({ activities: false }), /config\.requestTimeoutMs/);
  assert.deepEqual(emulator.requests, []);
});

test('the hook runs in the async context of its call', async () => {
  const storage = new AsyncLocalStorage();
  const seen = [];
  const jules = await clientOf(async (_, send) => { seen.push(storage.getStore()); await send(); });
  await Promise.all(['a', 'b', 'c'].map((name) => storage.run(name, () => jules.session({ prompt: name }))));
  assert.deepEqual(seen, ['a', 'b', 'c']);
});

test('withResponse() resolves with the value, the response and the attempts of each call', async (t) => {
  const service = await startService(t);
  const jules = connect(optionsFor(service));
  const { data: session, response, attempts } = await jules.session({ prompt: 'p' }).withResponse();
  assert.deepEqual([response.status, response.headers.get('content-type'), attempts], [200, 'application/json; charset=UTF-8', 1]);
  assert.ok(session.id && !response.headers.has('x-goog-api-key'));
  await session.waitFor('awaitingPlanApproval');
  const activities = (await session.info()).activities;
  const calls = {
    run: () => jules.run({ prompt: 'p' }),
    info: () => session.info(),
    list: () => session.activities.list(),
    get: () => session.activities.get(activities[0].id),
    sessions: () => jules.sessions(),
    source: () => jules.sources.get({ github: 'owner/repo' }),
    request: () => jules.request('GET /sessions'),
    send: () => session.send('m'),
    approve: () => session.approve(),
    archive: () => session.archive(),
    unarchive: () => session.unarchive(),
    delete: () => session.delete(),
  };
  for (const [name, call] of Object.entries(calls)) {
    const answered = await call().withResponse();
    assert.deepEqual(Object.keys(answered), ['data', 'response', 'attempts'], name);
    assert.deepEqual([answered.response.status, answered.attempts], [200, 1], name);
  }
});

test('withResponse() has the response of the last attempt, and rejects as the call does', async () => {
  const jules = await clientOf(undefined, { faults: [{ on: 'get', times: 2, fault: { status: 503 } }] });
  const session = await jules.session({ prompt: 'p' });
  const { data, response, attempts } = await session.info({ activities: false }).withResponse();
  assert.deepEqual([data.id, response.status, attempts], [session.id, 200, 3]);
  await assert.rejects(jules.session('404').info().withResponse(), { status: 404 });
  await assert.rejects(jules.session({ prompt: '' }).withResponse(), { field: 'prompt' });
  const responses = await Promise.all(['a', 'b', 'c'].map((prompt) => jules.session({ prompt }).withResponse()));
  assert.equal(new Set(responses.map((one) => one.response)).size, 3, 'calls at the same time have their own');
});
