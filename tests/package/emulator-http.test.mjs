/** The emulator over HTTP: which requests it accepts, and its limits. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { COMMAND, startEmulator } from './support/emulator-program.mjs';
import { project } from './tools.mjs';

const keyHeader = (apiKey) => ({ 'x-goog-api-key': apiKey });

/** Creates a session and returns the response. */
const create = ({ baseUrl, apiKey }, prompt = 'x') =>
  fetch(`${baseUrl}/sessions`, { method: 'POST', headers: keyHeader(apiKey), body: JSON.stringify({ prompt }) });

/** Sends a request with another `Host` header, which fetch does not allow. */
async function requestWithHost(host, { baseUrl, apiKey }, { method = 'GET', address = '127.0.0.1' } = {}) {
  const { port, pathname } = new URL(`${baseUrl}/sources`);
  const sent = request({ host: address, port, path: pathname, method, headers: { ...keyHeader(apiKey), host }, setHost: false });
  const [response] = await once(sent.end(), 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode, body: JSON.parse(text) };
}

test('the command serves HTTP, logs each request, and ends at a signal', async (t) => {
  const { child, baseUrl, apiKey, next } = await startEmulator(t, '--api-key', 'secret');
  assert.match(baseUrl, /^http:\/\/127\.0\.0\.1:\d+\/v1alpha$/);
  assert.equal(apiKey, 'secret');
  assert.equal((await create({ baseUrl, apiKey })).status, 200);
  assert.equal(await next(), '200 POST /v1alpha/sessions');
  assert.equal((await fetch(`${baseUrl}/sources?key=secret`)).status, 200);
  assert.equal(await next(), '200 GET /v1alpha/sources?key=…');
  assert.equal((await fetch(`${baseUrl}/sources`, { headers: keyHeader('no') })).status, 401);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('only the printed key is accepted, and each start has another one', async (t) => {
  const [first, second] = [await startEmulator(t, '--quiet'), await startEmulator(t, '--quiet')];
  assert.match(first.apiKey, /^[0-9a-f]{32}$/);
  assert.notEqual(first.apiKey, second.apiKey);
  assert.equal((await create(first)).status, 200);
  for (const apiKey of [second.apiKey, 'any', ' ']) assert.equal((await create({ ...first, apiKey })).status, 401);
  assert.equal((await fetch(`${first.baseUrl}/sources?key=${first.apiKey}`)).status, 200);
  assert.equal((await fetch(`${first.baseUrl}/sources?key=any`)).status, 401);
  const listed = await (await fetch(`${first.baseUrl}/sessions`, { headers: keyHeader(first.apiKey) })).json();
  assert.equal(listed.sessions.length, 1);
});

test('the Host header of a request must name the server', async (t) => {
  const server = await startEmulator(t, '--quiet');
  const { port } = new URL(server.baseUrl);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, 'LOCALHOST', 'app.localhost', `[::1]:${port}`, '127.1.2.3']) {
    assert.equal((await requestWithHost(host, server)).status, 200, host);
  }
  const others = [
    `evil.example:${port}`, 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil-localhost', '10.0.0.1', '0.0.0.0',
    'a@localhost', 'localhost/x', '', ' ',
  ];
  for (const host of others) {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status, body } = await requestWithHost(host, server, { method });
      assert.equal(status, 403, host);
      assert.match(body.error.message, /--host.*Nothing was done/);
    }
  }
});

test('a server on all addresses accepts each of them as Host, and no other name', async (t) => {
  const server = await startEmulator(t, '--quiet', '--host', '0.0.0.0');
  const own = Object.values(networkInterfaces()).flat().filter(({ family }) => family === 'IPv4').map(({ address }) => address);
  for (const address of own) assert.equal((await requestWithHost(address, server, { address })).status, 200, address);
  assert.equal((await requestWithHost('0.0.0.0', server)).status, 200);
  assert.equal((await requestWithHost('evil.example', server)).status, 403);
});

test('CORS headers are sent only with --cors', async (t) => {
  const names = ['access-control-allow-origin', 'access-control-allow-headers', 'access-control-expose-headers'];
  const corsHeaders = ({ headers }) => names.map((name) => headers.get(name));
  const withCors = await startEmulator(t, '--quiet', '--cors');
  const preflight = await fetch(`${withCors.baseUrl}/sessions`, { method: 'OPTIONS' });
  assert.deepEqual([preflight.status, ...corsHeaders(preflight)], [204, '*', '*', '*']);
  assert.deepEqual(corsHeaders(await create(withCors)), ['*', '*', '*']);
  const withoutCors = await startEmulator(t, '--quiet');
  const refused = await fetch(`${withoutCors.baseUrl}/sessions`, { method: 'OPTIONS' });
  assert.deepEqual([refused.status, ...corsHeaders(refused)], [404, null, null, null]);
  assert.deepEqual(corsHeaders(await create(withoutCors)), [null, null, null]);
});

test('a body beyond the limit answers 413, and nothing is created', async (t) => {
  const server = await startEmulator(t, '--quiet');
  const small = await startEmulator(t, '--quiet', '--max-body', '2');
  for (const [target, length, max] of [[server, 33 * 1024 * 1024, 1024 * 1024], [server, 1024 * 1024, 1024 * 1024], [small, 2048, 2048]]) {
    const refused = await create(target, 'x'.repeat(length));
    assert.equal(refused.status, 413);
    const { error } = await refused.json();
    assert.equal(error.code, 413);
    assert.match(error.message, new RegExp(`more than ${max} bytes.*--max-body.*Nothing was done`));
  }
  assert.equal((await create(server, 'x'.repeat(1024 * 1024 - 100))).status, 200);
  assert.equal((await create(small, 'x'.repeat(2000))).status, 200);
  const { sessions } = await (await fetch(`${small.baseUrl}/sessions`, { headers: keyHeader(small.apiKey) })).json();
  assert.equal(sessions.length, 1);
});

test('a create beyond the limits of sessions or memory answers 400 with an explanation', async (t) => {
  const few = await startEmulator(t, '--quiet', '--max-sessions', '2');
  assert.deepEqual([(await create(few)).status, (await create(few)).status], [200, 200]);
  const tooMany = await create(few);
  assert.equal(tooMany.status, 400);
  assert.match((await tooMany.json()).error.message, /limit of 2 sessions.*No session was created/);

  const little = await startEmulator(t, '--quiet', '--max-memory', '1');
  assert.equal((await create(little, 'x'.repeat(700_000))).status, 200);
  const tooMuch = await create(little, 'x'.repeat(700_000));
  assert.equal(tooMuch.status, 400);
  assert.match((await tooMuch.json()).error.message, /limit of 1048576 bytes/);
  assert.equal((await create(little)).status, 200);
});

test('custom scenarios are read from a file', async (t) => {
  const file = join(project, 'scenarios.json');
  writeFileSync(file, JSON.stringify({ hello: [{ say: 'Hello, {title}!' }, { complete: {} }] }));
  const { baseUrl, apiKey } = await startEmulator(t, '--quiet', '--clock', 'virtual', '--scenarios', file, '--scenario', 'hello');
  const { name } = await (await create({ baseUrl, apiKey }, 'World')).json();
  const headers = keyHeader(apiKey);
  const list = async () => (await (await fetch(`${baseUrl}/${name}/activities`, { headers })).json()).activities ?? [];
  await list();
  assert.deepEqual((await list()).map(({ agentMessaged }) => agentMessaged?.agentMessage), ['Hello, World!']);
});

test('the command continues when the reader of its output closes the pipe', async (t) => {
  const { child, baseUrl, apiKey } = await startEmulator(t);
  child.stdout.destroy();
  for (let times = 0; times < 3; times++) {
    assert.equal((await fetch(`${baseUrl}/sources`, { headers: keyHeader(apiKey) })).status, 200);
  }
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('the command continues after malformed and incomplete requests', async (t) => {
  const { baseUrl, apiKey } = await startEmulator(t, '--quiet');
  const notJson = await fetch(`${baseUrl}/sessions`, { method: 'POST', headers: keyHeader(apiKey), body: '\xff{' });
  assert.equal(notJson.status, 400);
  const { status, body } = await requestWithHost('localhost', { baseUrl, apiKey }, { method: 'TRACE' });
  assert.equal(status, 400);
  assert.match(body.error.message, /TRACE/);

  const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /v1alpha/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{');
  socket.destroy();
  await once(socket, 'close');
  assert.equal((await fetch(`${baseUrl}/sources`, { headers: keyHeader(apiKey) })).status, 200);
});

test('an invalid argument ends the command with exit code 2 and a message that names it', () => {
  const run = (...args) => spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' });
  const help = spawnSync(join(project, 'node_modules', '.bin', 'jules-wasm'), ['emulator', '--help'], { encoding: 'utf8' });
  assert.ok(help.status === 0 && help.stdout.includes('--step-ms'));
  const mistakes = [
    [[], /missing command/],
    [['serve'], /"serve"/],
    [['emulator', '--prot', '1'], /'--prot'/],
    [['emulator', '--port', '99999'], /--port/],
    [['emulator', '--seed'], /'--seed <value>' argument missing/],
    [['emulator', '--max-sessions', '0'], /--max-sessions: "0"/],
    [['emulator', '--quota-failure', 'never', '--port', '0'], /--quota-failure: "never"/],
    [['emulator', '--port', '0', '--scenario', 'nope'], /"nope"/],
    [['emulator', '--port', '0', '--scenarios', 'missing.json'], /--scenarios: .*missing\.json/],
    [['emulator', '--port', '0', '--scenarios', COMMAND], /--scenarios: .*JSON/],
  ];
  for (const [args, message] of mistakes) {
    const { status, stdout, stderr } = run(...args);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, message);
  }
});
