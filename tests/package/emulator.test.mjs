/** The emulator in process. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmulator } from 'jules-wasm/emulator';

const START = Date.parse('2026-08-21T21:05:11.104Z');

/** An emulator with its own clock, and a helper for requests. */
async function service(options) {
  let time = START;
  const emulator = await createEmulator({ now: () => time, ...options });
  const call = async (method, path, body) => {
    const headers = { 'X-Goog-Api-Key': emulator.apiKey };
    const response = await emulator.fetch(emulator.baseUrl + path, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  return { emulator, call, wait: (ms) => (time += ms) };
}

test('a session follows the option `now`', async () => {
  const { call, wait } = await service();
  const { body: session } = await call('POST', '/sessions', { prompt: 'Write hello.ts' });
  assert.equal(session.state, 'QUEUED');
  wait(60_000);
  const { body: later } = await call('GET', `/${session.name}`);
  assert.equal(later.state, 'COMPLETED');
  assert.ok(later.outputs[0].changeSet.gitPatch.unidiffPatch.includes('README.md'));
});

test('the default clock is Date.now, read at each call', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: START });
  const { fetch, baseUrl, apiKey } = await createEmulator();
  const headers = { 'x-goog-api-key': apiKey };
  const created = await fetch(`${baseUrl}/sessions`, { method: 'POST', headers, body: '{"prompt":"x"}' });
  const { name } = await created.json();
  t.mock.timers.setTime(START + 1000);
  const response = await fetch(`${baseUrl}/${name}`, { headers });
  assert.equal((await response.json()).state, 'PLANNING');
  assert.equal(response.headers.get('date'), 'Fri, 21 Aug 2026 21:05:12 GMT');
});

test('fetch accepts a string, a URL and a Request', async () => {
  const { emulator } = await service();
  const url = `${emulator.baseUrl}/sources`;
  const headers = { 'x-goog-api-key': emulator.apiKey };
  for (const input of [url, new URL(url), new Request(url)]) {
    assert.equal((await emulator.fetch(input, { headers })).status, 200);
  }
  assert.equal((await emulator.fetch(new Request(url, { headers }))).status, 200);
});

test('an invalid call of fetch is a TypeError, as with the real fetch', async () => {
  const { emulator } = await service();
  await assert.rejects(emulator.fetch('nowhere'), TypeError);
  await assert.rejects(emulator.fetch(emulator.baseUrl, { method: 'GET', body: 'x' }), TypeError);
});

test('an aborted signal rejects with its reason and sends no request', async () => {
  const { emulator } = await service();
  const reason = new Error('enough');
  await assert.rejects(emulator.fetch(`${emulator.baseUrl}/sources`, { signal: AbortSignal.abort(reason) }), reason);
  assert.deepEqual(emulator.requests, []);
});

test('the log contains the requests, without the key', async () => {
  const { emulator, call } = await service({ apiKey: 'secret' });
  await call('GET', '/sources?pageSize=1');
  await emulator.fetch(`${emulator.baseUrl}/sources?key=secret`);
  await emulator.fetch(`${emulator.baseUrl}/sources`);
  const url = `${emulator.baseUrl}/sources`;
  assert.deepEqual(emulator.requests, [
    { method: 'GET', url: `${url}?pageSize=1`, status: 200, at: '2026-08-21T21:05:11.104Z' },
    { method: 'GET', url, status: 200, at: '2026-08-21T21:05:11.104Z' },
    { method: 'GET', url, status: 401, at: '2026-08-21T21:05:11.104Z' },
  ]);
});

test('an invalid option is a TypeError that names it', async () => {
  await assert.rejects(() => createEmulator({ sead: 1 }), { name: 'TypeError', message: /"sead"/ });
  await assert.rejects(() => createEmulator({ stepMs: 'fast' }), { name: 'TypeError', message: /"stepMs"/ });
  await assert.rejects(() => createEmulator({ now: 5 }), { name: 'TypeError', message: /"now"/ });
  await assert.rejects(() => createEmulator(null), TypeError);
  for (const rule of [{ after: Infinity }, { times: NaN }, { probability: NaN }]) {
    await assert.rejects(() => createEmulator({ faults: [{ ...rule, fault: { reset: true } }] }), { name: 'TypeError', message: /"faults"/ });
  }
  await assert.rejects(() => createEmulator({ stepMs: NaN }), { name: 'TypeError', message: /"stepMs"/ });
  await createEmulator({ faults: [{ times: Infinity, fault: { reset: true } }], quota: { daily: Infinity } });
  const endless = {};
  endless.activity = endless;
  await assert.rejects(() => createEmulator({ scenarios: { odd: [endless] } }), { name: 'TypeError', message: /"scenarios"/ });
  await createEmulator({ seed: undefined });
});

test('without the classes of requests, as in jsdom, the error is a JulesLoadError that names what helps', async (t) => {
  for (const name of ['Request', 'Response']) {
    const Class = globalThis[name];
    t.after(() => (globalThis[name] = Class));
    globalThis[name] = undefined;
    const message = new RegExp(`^${name} is not defined here\\. No emulator was created\\. .*jest-fixed-jsdom`);
    await assert.rejects(createEmulator(), { name: 'JulesLoadError', code: 'load_failed', message });
    globalThis[name] = Class;
  }
  await createEmulator();
});
