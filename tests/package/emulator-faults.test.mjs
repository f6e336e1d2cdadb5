/** Faults, quotas and the log of the emulator, in process and over HTTP. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { connect, JulesNetworkError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';
import { COMMAND, startEmulator } from './support/emulator-program.mjs';

const headers = { 'x-goog-api-key': 'k' };

/** An emulator whose next create meets this fault, and a function that sends that create. */
async function create(fault, init) {
  const emulator = await createEmulator({ clock: 'virtual', faults: [{ on: 'create', fault }] });
  const made = emulator.fetch(`${emulator.baseUrl}/sessions`, { method: 'POST', headers, body: '{"prompt":"x"}', ...init });
  return { emulator, made };
}

for (const committed of [false, true]) {
  test(`a lost connection rejects as fetch does; the request was ${committed ? '' : 'not '}carried out`, async () => {
    const { emulator, made } = await create({ reset: true, committed });
    await assert.rejects(made, (error) => error instanceof TypeError && error.cause.code === 'ECONNRESET');
    assert.equal(emulator.sessions().length, committed ? 1 : 0);
    assert.deepEqual(emulator.requests, [
      { method: 'POST', url: `${emulator.baseUrl}/sessions`, status: 0, at: '2026-01-01T00:00:00Z', fault: 'reset' },
    ]);
  });

  test(`a body that is cut ends in an error; the request was ${committed ? '' : 'not '}carried out`, async () => {
    const { emulator, made } = await create({ cutBody: true, committed });
    const response = await made;
    assert.equal(response.status, 200);
    await assert.rejects(response.text(), TypeError);
    assert.equal(emulator.sessions().length, committed ? 1 : 0);
  });

  test(`a request that hangs ends with its signal; it was ${committed ? '' : 'not '}carried out`, async () => {
    const abort = new AbortController();
    const { emulator, made } = await create({ hang: true, committed }, { signal: abort.signal });
    assert.equal(await Promise.race([made, new Promise((resolve) => setImmediate(resolve, 'nothing'))]), 'nothing');
    const reason = new Error('enough');
    abort.abort(reason);
    await assert.rejects(made, reason);
    assert.equal(emulator.sessions().length, committed ? 1 : 0);
  });
}

const REFUSALS = [
  [{ status: 503, retryAfter: 1 }, 503], [{ status: 429 }, 429], [{ status: 429, retryAfter: 1 }, 429], [{ status: 500 }, 500],
  [{ html: true }, 502], [{ status: 504 }, 504], [{ failedPrecondition: true }, 400],
];
for (const [fault, status] of REFUSALS) {
  test(`a create and a message are committed and answered with an error: ${JSON.stringify(fault)}`, async () => {
    const committed = { ...fault, committed: true };
    const emulator = await createEmulator({ clock: 'virtual', faults: [{ on: 'create', fault: committed }, { on: 'send', fault: committed }] });
    const post = (path, prompt) => emulator.fetch(emulator.baseUrl + path, { method: 'POST', headers, body: JSON.stringify({ prompt }) });
    assert.equal((await post('/sessions', 'x')).status, status);
    const [{ id, prompt }] = emulator.sessions();
    assert.equal(prompt, 'x');
    const refused = await post(`/sessions/${id}:sendMessage`, 'Hello');
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [status, fault.retryAfter ? '1' : null]);
    assert.deepEqual(emulator.sessions()[0].messages, ['Hello']);
  });
}

test('a refused connection sends nothing', async () => {
  const { emulator, made } = await create({ refuse: true });
  await assert.rejects(made, (error) => error instanceof TypeError && error.cause.code === 'ECONNREFUSED');
  assert.equal(emulator.sessions().length, 0);
});

test('a redirect is rejected, returned or followed as the request says, and logged', async () => {
  const fault = { redirect: 'https://elsewhere.example/v1alpha/sources' };
  await assert.rejects((await create(fault, { redirect: 'error' })).made, TypeError);
  const manual = await (await create(fault, { redirect: 'manual' })).made;
  assert.deepEqual([manual.status, manual.headers.get('location')], [302, fault.redirect]);
  const { emulator, made } = await create(fault);
  assert.ok((await (await made).json()).sources.length > 0);
  assert.deepEqual(emulator.requests.map(({ method, url }) => `${method} ${url}`), [
    `POST ${emulator.baseUrl}/sessions`,
    `GET ${fault.redirect}`,
  ]);
});

test('a delayed response takes real time on a real clock, and ends with its signal', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const emulator = await createEmulator({ faults: [{ times: Infinity, fault: { delayMs: 60_000 } }] });
  const answered = emulator.fetch(`${emulator.baseUrl}/sources`, { headers });
  t.mock.timers.tick(60_000);
  assert.equal((await answered).status, 200);
  const abort = new AbortController();
  const dropped = emulator.fetch(`${emulator.baseUrl}/sources`, { headers, signal: abort.signal });
  abort.abort();
  await assert.rejects(dropped, { name: 'AbortError' });
});

test('the log contains the last ten thousand requests', async () => {
  const emulator = await createEmulator();
  for (let index = 0; index < 10_005; index++) await emulator.fetch(`${emulator.baseUrl}/none?n=${index}`, { headers });
  assert.equal(emulator.requests.length, 10_000);
  assert.ok(emulator.requests[0].url.endsWith('n=5'));
});

test('the same seed produces the same log, another seed another one', async () => {
  const run = async (seed) => {
    const faults = [{ on: 'get', probability: 0.5, fault: { status: 503, retryAfter: 0 } }];
    const emulator = await createEmulator({ seed, clock: 'virtual', faults });
    const jules = connect({ ...emulator, config: { pollingIntervalMs: 1, rateLimitRetry: { baseDelayMs: 1, maxDelayMs: 1 } } });
    await (await jules.run({ prompt: 'Write hello.ts' })).result();
    return JSON.stringify(emulator.requests);
  };
  assert.equal(await run(1), await run(1));
  assert.notEqual(await run(1), await run(2));
});

test('an invalid rule or quota is a TypeError that names it', async () => {
  const named = (options, message) => assert.rejects(() => createEmulator(options), { name: 'TypeError', message });
  await named({ faults: {} }, /"faults"/);
  await named({ faults: [{ fault: { reset: true, hang: true } }] }, /"faults", rule 1: .*reset and hang/);
  await named({ faults: [{ on: 'craete', fault: { reset: true } }] }, /craete/);
  await named({ quota: { dayly: 1 } }, /"quota\.dayly"/);
  await named({ quota: { activityListsPerMinute: '120' } }, /"quota\.activityListsPerMinute"/);
  await createEmulator({ faults: undefined, quota: { daily: undefined } });
  await createEmulator({ faults: [{ on: undefined, times: undefined, fault: { status: 503, committed: undefined } }] });
});

/** Starts the command with these fault rules and returns its base URL. */
async function serve(t, rules, ...args) {
  const file = join(mkdtempSync(join(tmpdir(), 'faults-')), 'rules.json');
  writeFileSync(file, JSON.stringify(rules));
  const { baseUrl } = await startEmulator(t, '--api-key', 'k', '--quiet', '--clock', 'virtual', '--faults', file, ...args);
  return baseUrl;
}

test('over HTTP connections are lost, bodies are cut and requests hang', async (t) => {
  const baseUrl = await serve(t, [
    { fault: { reset: true } },
    { fault: { refuse: true } },
    { fault: { cutBody: true } },
    { fault: { hang: true } },
    { fault: { redirect: 'http://127.0.0.1:1/elsewhere' } },
    { fault: { html: true } },
    { fault: { status: 429, retryAfter: 7 } },
  ]);
  const ask = (init) => fetch(`${baseUrl}/sources`, { headers, ...init });
  await assert.rejects(ask(), TypeError);
  await assert.rejects(ask(), TypeError);
  const cut = await ask();
  assert.equal(cut.status, 200);
  await assert.rejects(cut.text(), TypeError);
  await assert.rejects(ask({ signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
  const redirect = await ask({ redirect: 'manual' });
  assert.deepEqual([redirect.status, redirect.headers.get('location')], [302, 'http://127.0.0.1:1/elsewhere']);
  const page = await ask();
  assert.deepEqual([page.status, page.headers.get('content-type')], [502, 'text/html; charset=UTF-8']);
  const limited = await ask();
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '7']);
  assert.equal((await ask()).status, 200);
});

test('activities are listed late, each after its own delay, and in shuffled pages', async () => {
  const seen = async (seed) => {
    const faults = [{ on: 'activities', fault: { activityLagMs: 60_000 } }, { on: 'activities', fault: { shuffledPages: true } }];
    const emulator = await createEmulator({ seed, clock: 'virtual', autoAdvance: false, faults });
    await emulator.fetch(`${emulator.baseUrl}/sessions`, { method: 'POST', headers, body: '{"prompt":"x"}' });
    const [{ id }] = emulator.sessions();
    const shown = new Map();
    let isShuffled = false;
    for (let second = 0; second < 100; second++) {
      emulator.advance(1000);
      const { activities = [] } = await (await emulator.fetch(`${emulator.baseUrl}/sessions/${id}/activities`, { headers })).json();
      for (const { id, createTime } of activities) if (!shown.has(id)) shown.set(id, Date.parse(createTime));
      isShuffled ||= activities.some(({ createTime }, at) => at > 0 && createTime < activities[at - 1].createTime);
    }
    assert.equal(shown.size, emulator.sessions()[0].events.length);
    assert.ok(isShuffled);
    return [...shown.values()];
  };
  const times = await seen(1);
  assert.notDeepEqual(times, times.toSorted((a, b) => a - b), 'some are shown after newer ones');
  assert.deepEqual(await seen(1), times);
  assert.notDeepEqual(await seen(2), times);
  await assert.rejects(() => createEmulator({ faults: [{ on: 'list', fault: { activityLagMs: 5 } }] }), { name: 'TypeError', message: /activityLagMs/ });
});

test('errors can have other formats than the service\'s own', async () => {
  const answered = async (fault) => {
    const emulator = await createEmulator({ clock: 'virtual', faults: [{ fault }] });
    const response = await emulator.fetch(`${emulator.baseUrl}/sources`, { headers });
    return [response.status, await response.text()];
  };
  const [status, text] = await answered({ invalidApiKey: true });
  const { error } = JSON.parse(text);
  assert.deepEqual([status, error.status, error.details[0].reason], [400, 'INVALID_ARGUMENT', 'API_KEY_INVALID']);
  const [, list] = await answered({ status: 503, envelope: 'array' });
  assert.equal(JSON.parse(list)[0].error.status, 'UNAVAILABLE');
  const [, words] = await answered({ status: 401, envelope: 'oauth' });
  assert.equal(JSON.parse(words).error, 'invalid_token');
  const body = { code: 5, message: 'not found', details: [], more: null };
  const [found, given] = await answered({ status: 404, body });
  assert.deepEqual([found, JSON.parse(given)], [404, body]);
  assert.deepEqual(await answered({ status: 200, body: 'Sign in to the network' }), [200, 'Sign in to the network']);
  const wrong = { faults: [{ fault: { status: 503, envelope: 'list' } }] };
  await assert.rejects(() => createEmulator(wrong), { name: 'TypeError', message: /"faults", rule 1: .*list/ });
});

test('the quota of activity lists applies over HTTP', async (t) => {
  const baseUrl = await serve(t, [], '--activity-lists-per-minute', '2');
  const created = await fetch(`${baseUrl}/sessions`, { method: 'POST', headers, body: '{"prompt":"x"}' });
  const { name } = await created.json();
  const statuses = [];
  for (let list = 0; list < 3; list++) statuses.push((await fetch(`${baseUrl}/${name}/activities`, { headers })).status);
  assert.deepEqual(statuses, [200, 200, 429]);
});

test('the client waits until the quota allows another list of activities', async () => {
  const emulator = await createEmulator({ clock: 'virtual', autoAdvance: false, quota: { activityListsPerMinute: 2 } });
  const run = await connect(emulator).run({ prompt: 'x' });
  const activities = connect(emulator).session(run.id).activities;
  await activities.list();
  await activities.list();
  // The client keeps to the quota that the refusal names, by its own clock.
  await assert.rejects(activities.list({ timeoutMs: 200 }), (error) => error.code === 'timeout' && error.cause.status === 429);
  assert.ok(emulator.requests.some(({ url, status, fault }) => url.includes('/activities') && status === 429 && fault === 'quota'));
});

test('a rejected list of activities names its quota, and a virtual clock moves to when the next one is allowed', async () => {
  const emulator = await createEmulator({ clock: 'virtual', scenario: 'stall', stepMs: 0, quota: { activityListsPerMinute: 2 } });
  await emulator.fetch(`${emulator.baseUrl}/sessions`, { method: 'POST', headers, body: '{"prompt":"x"}' });
  const [{ id }] = emulator.sessions();
  const list = () => emulator.fetch(`${emulator.baseUrl}/sessions/${id}/activities`, { headers });
  const start = emulator.now;
  assert.deepEqual([(await list()).status, (await list()).status, emulator.now], [200, 200, start]);
  const refused = await list();
  const { error } = await refused.json();
  const { reason, metadata } = error.details[0];
  assert.deepEqual(
    [refused.status, error.status, reason, metadata.quota_limit, metadata.service],
    [429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED', 'ListActivitiesRequestsPerMinutePerProject', 'jules.googleapis.com'],
  );
  assert.deepEqual([emulator.now - start, (await list()).status], [60_000, 200]);
  assert.deepEqual(emulator.requests.map(({ status, fault }) => [status, fault]).slice(1), [
    [200, undefined], [200, undefined], [429, 'quota'], [200, undefined],
  ]);
});

test('a create beyond the quota has the configured error', async () => {
  const forms = { rateLimit: [429, 'ErrorInfo'], quotaFailure: [429, 'QuotaFailure'], bareRateLimit: [429, ''], failedPrecondition: [400, ''] };
  for (const [failure, form] of Object.entries(forms)) {
    for (const quota of [{ daily: 0 }, { concurrent: 0 }]) {
      const emulator = await createEmulator({ clock: 'virtual', quota: { ...quota, failure } });
      const refused = await emulator.fetch(`${emulator.baseUrl}/sessions`, { method: 'POST', headers, body: '{"prompt":"x"}' });
      const { details = [] } = (await refused.json()).error;
      assert.deepEqual([refused.status, details[0]?.['@type'].replace('type.googleapis.com/google.rpc.', '') ?? ''], form);
      assert.equal(JSON.stringify(details).includes('PerDay'), 'daily' in quota && details.length > 0);
    }
  }
});

test('over HTTP a virtual clock skips hours, and quotas apply', async (t) => {
  const baseUrl = await serve(t, [], '--step-ms', '1800000', '--daily-quota', '2', '--concurrent-quota', '1', '--quota-failure', 'quotaFailure');
  const retries = { baseDelayMs: 1, maxDelayMs: 1, maxRetryTimeMs: 0 };
  const jules = connect({ baseUrl, apiKey: 'k', config: { pollingIntervalMs: 1, rateLimitRetry: retries } });
  const run = await jules.run({ prompt: 'x' });
  await assert.rejects(jules.run({ prompt: 'one too many at one time' }), { status: 429 });
  assert.equal((await run.result()).state, 'completed');
  await jules.run({ prompt: 'y' });
  await assert.rejects(jules.run({ prompt: 'one too many a day' }), { status: 429 });
});

test('an unreadable or invalid file of fault rules ends the command with a message', () => {
  const bad = join(mkdtempSync(join(tmpdir(), 'faults-')), 'bad.json');
  writeFileSync(bad, '[{"fault":{}}]');
  for (const [args, message] of [[['--faults', 'nowhere.json'], /--faults: .*nowhere/], [['--faults', bad], /rule 1/], [['--clock', 'fast'], /--clock: "fast"/]]) {
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, 'emulator', '--port', '0', ...args], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
});

test('the client distinguishes a lost connection from a refused one', async () => {
  for (const [fault, outcome] of [[{ reset: true }, 'unknown'], [{ refuse: true }, 'notSent']]) {
    const emulator = await createEmulator({ clock: 'virtual', faults: [{ times: 'always', fault }] });
    const jules = connect({ ...emulator, onUnknownOutcome: 'throw', config: { rateLimitRetry: { maxRetryTimeMs: 0 } } });
    await assert.rejects(jules.run({ prompt: 'x' }), (error) => error instanceof JulesNetworkError && error.outcome === outcome);
  }
});
