/** The emulator's doors in the package: in process and over HTTP. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createEmulator } from 'jules-wasm/emulator';

const COMMAND = join(dirname(fileURLToPath(import.meta.resolve('jules-wasm/emulator'))), 'bin', 'jules-wasm.js');
const START = Date.parse('2026-08-21T21:05:11.104Z');

/** An emulator with a clock of its own, and a short way to call it. */
function service(options) {
  let time = START;
  const emulator = createEmulator({ now: () => time, ...options });
  const call = async (method, path, body) => {
    const headers = { 'X-Goog-Api-Key': emulator.apiKey };
    const response = await emulator.fetch(emulator.baseUrl + path, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  return { emulator, call, wait: (ms) => (time += ms) };
}

test('a session runs by the clock that was given', async () => {
  const { call, wait } = service();
  const { body: session } = await call('POST', '/sessions', { prompt: 'Write hello.ts' });
  assert.equal(session.state, 'QUEUED');
  wait(60_000);
  const { body: later } = await call('GET', `/${session.name}`);
  assert.equal(later.state, 'COMPLETED');
  assert.ok(later.outputs[0].changeSet.gitPatch.unidiffPatch.includes('README.md'));
});

test('the clock is Date.now, looked up at each call', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: START });
  const { fetch, baseUrl, apiKey } = createEmulator();
  const headers = { 'x-goog-api-key': apiKey };
  const created = await fetch(`${baseUrl}/sessions`, { method: 'POST', headers, body: '{"prompt":"x"}' });
  const { name } = await created.json();
  t.mock.timers.setTime(START + 1000);
  const response = await fetch(`${baseUrl}/${name}`, { headers });
  assert.equal((await response.json()).state, 'PLANNING');
  assert.equal(response.headers.get('date'), 'Fri, 21 Aug 2026 21:05:12 GMT');
});

test('fetch takes a string, a URL and a Request', async () => {
  const { emulator } = service();
  const url = `${emulator.baseUrl}/sources`;
  const headers = { 'x-goog-api-key': emulator.apiKey };
  for (const input of [url, new URL(url), new Request(url)]) {
    assert.equal((await emulator.fetch(input, { headers })).status, 200);
  }
  assert.equal((await emulator.fetch(new Request(url, { headers }))).status, 200);
});

test('a wrong call of fetch is a TypeError, as with the real one', async () => {
  const { emulator } = service();
  await assert.rejects(emulator.fetch('nowhere'), TypeError);
  await assert.rejects(emulator.fetch(emulator.baseUrl, { method: 'GET', body: 'x' }), TypeError);
});

test('an aborted signal rejects with its reason, and the emulator never sees the request', async () => {
  const { emulator } = service();
  const reason = new Error('enough');
  await assert.rejects(emulator.fetch(`${emulator.baseUrl}/sources`, { signal: AbortSignal.abort(reason) }), reason);
  assert.deepEqual(emulator.requests, []);
});

test('the log tells what was asked, without the key', async () => {
  const { emulator, call } = service({ apiKey: 'secret' });
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

test('a wrong option is a TypeError that names it', () => {
  assert.throws(() => createEmulator({ sead: 1 }), { name: 'TypeError', message: /"sead"/ });
  assert.throws(() => createEmulator({ stepMs: 'fast' }), { name: 'TypeError', message: /"stepMs"/ });
  assert.throws(() => createEmulator({ now: 5 }), { name: 'TypeError', message: /"now"/ });
  assert.throws(() => createEmulator(null), TypeError);
  for (const rule of [{ after: Infinity }, { times: NaN }, { probability: NaN }]) {
    assert.throws(() => createEmulator({ faults: [{ ...rule, fault: { reset: true } }] }), { name: 'TypeError', message: /"faults"/ });
  }
  assert.throws(() => createEmulator({ stepMs: NaN }), { name: 'TypeError', message: /"stepMs"/ });
  createEmulator({ faults: [{ times: Infinity, fault: { reset: true } }], quota: { daily: Infinity } });
  const endless = {};
  endless.activity = endless;
  assert.throws(() => createEmulator({ scenarios: { odd: [endless] } }), { name: 'TypeError', message: /"scenarios"/ });
  createEmulator({ seed: undefined });
});

/** Starts the command; gives its base URL and its further lines. */
async function start(t, ...args) {
  const child = spawn(process.execPath, [COMMAND, 'emulator', '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value;
  const baseUrl = await next();
  await next();
  return { child, baseUrl, next };
}

test('the command serves over HTTP, tells each request, and ends at a signal', async (t) => {
  const { child, baseUrl, next } = await start(t, '--api-key', 'secret');
  assert.match(baseUrl, /^http:\/\/127\.0\.0\.1:\d+\/v1alpha$/);
  const headers = { 'x-goog-api-key': 'secret' };
  const created = await fetch(`${baseUrl}/sessions`, { method: 'POST', headers, body: '{"prompt":"x"}' });
  assert.equal(created.status, 200);
  assert.equal(created.headers.get('access-control-allow-origin'), '*');
  assert.equal(await next(), '200 POST /v1alpha/sessions');
  assert.equal((await fetch(`${baseUrl}/sources?key=secret`)).status, 200);
  assert.equal(await next(), '200 GET /v1alpha/sources?key=…');
  assert.equal((await fetch(`${baseUrl}/sources`, { headers: { 'x-goog-api-key': 'no' } })).status, 401);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('the command goes on when whoever read its address reads no further', async (t) => {
  const { child, baseUrl } = await start(t);
  child.stdout.destroy();
  for (let times = 0; times < 3; times++) {
    assert.equal((await fetch(`${baseUrl}/sources`, { headers: { 'x-goog-api-key': 'k' } })).status, 200);
  }
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('the command answers preflights, and outlives clients that misbehave', async (t) => {
  const { baseUrl } = await start(t, '--quiet');
  assert.equal((await fetch(`${baseUrl}/sessions`, { method: 'OPTIONS' })).status, 204);
  const tooLarge = await fetch(`${baseUrl}/sessions`, {
    method: 'POST',
    headers: { 'x-goog-api-key': 'k' },
    body: new Uint8Array(33 * 1024 * 1024),
  });
  assert.equal(tooLarge.status, 413);
  const notJson = await fetch(`${baseUrl}/sessions`, { method: 'POST', headers: { 'x-goog-api-key': 'k' }, body: '\xff{' });
  assert.equal(notJson.status, 400);

  const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /v1alpha/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
  socket.destroy();
  await once(socket, 'close');
  assert.equal((await fetch(`${baseUrl}/sources`, { headers: { 'x-goog-api-key': 'k' } })).status, 200);
});

test('the command refuses what it does not know, with exit code 2 and a line that names it', () => {
  const run = (...args) => spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' });
  const help = run('--help');
  assert.ok(help.status === 0 && help.stdout.includes('--step-ms'));
  const mistakes = [
    [[], /which command/],
    [['serve'], /"serve"/],
    [['emulator', '--prot', '1'], /"--prot"/],
    [['emulator', '--port', '99999'], /--port/],
    [['emulator', '--seed'], /--seed needs a value/],
    [['emulator', '--port', '0', '--scenario', 'nope'], /"nope"/],
  ];
  for (const [args, message] of mistakes) {
    const { status, stdout, stderr } = run(...args);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, message);
  }
});
