/** The emulator over HTTP: who may speak to it, and how much it takes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { COMMAND, startDoor } from './support/door.mjs';
import { project } from './tools.mjs';

const ownKey = (apiKey) => ({ 'x-goog-api-key': apiKey });

/** Creates a session; gives the answer. */
const create = ({ baseUrl, apiKey }, prompt = 'x') =>
  fetch(`${baseUrl}/sessions`, { method: 'POST', headers: ownKey(apiKey), body: JSON.stringify({ prompt }) });

/** Asks with a `Host` that fetch would not send. */
async function askAs(host, { baseUrl, apiKey }, { method = 'GET', address = '127.0.0.1' } = {}) {
  const { port, pathname } = new URL(`${baseUrl}/sources`);
  const asked = request({ host: address, port, path: pathname, method, headers: { ...ownKey(apiKey), host }, setHost: false });
  const [response] = await once(asked.end(), 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode, body: JSON.parse(text) };
}

test('the command serves over HTTP, reports each request, and ends at a signal', async (t) => {
  const { child, baseUrl, apiKey, next } = await startDoor(t, '--api-key', 'secret');
  assert.match(baseUrl, /^http:\/\/127\.0\.0\.1:\d+\/v1alpha$/);
  assert.equal(apiKey, 'secret');
  assert.equal((await create({ baseUrl, apiKey })).status, 200);
  assert.equal(await next(), '200 POST /v1alpha/sessions');
  assert.equal((await fetch(`${baseUrl}/sources?key=secret`)).status, 200);
  assert.equal(await next(), '200 GET /v1alpha/sources?key=…');
  assert.equal((await fetch(`${baseUrl}/sources`, { headers: ownKey('no') })).status, 401);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('the key that it prints is the only one, and another one at each start', async (t) => {
  const [first, second] = [await startDoor(t, '--quiet'), await startDoor(t, '--quiet')];
  assert.match(first.apiKey, /^[0-9a-f]{32}$/);
  assert.notEqual(first.apiKey, second.apiKey);
  assert.equal((await create(first)).status, 200);
  for (const apiKey of [second.apiKey, 'any', ' ']) assert.equal((await create({ ...first, apiKey })).status, 401);
  assert.equal((await fetch(`${first.baseUrl}/sources?key=${first.apiKey}`)).status, 200);
  assert.equal((await fetch(`${first.baseUrl}/sources?key=any`)).status, 401);
  const listed = await (await fetch(`${first.baseUrl}/sessions`, { headers: ownKey(first.apiKey) })).json();
  assert.equal(listed.sessions.length, 1);
});

test('a request must name this server in its Host', async (t) => {
  const door = await startDoor(t, '--quiet');
  const { port } = new URL(door.baseUrl);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, 'LOCALHOST', 'app.localhost', `[::1]:${port}`, '127.1.2.3']) {
    assert.equal((await askAs(host, door)).status, 200, host);
  }
  const others = [
    `evil.example:${port}`, 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil-localhost', '10.0.0.1', '0.0.0.0',
    'a@localhost', 'localhost/x', '', ' ',
  ];
  for (const host of others) {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status, body } = await askAs(host, door, { method });
      assert.equal(status, 403, host);
      assert.match(body.error.message, /--host.*Nothing was done/);
    }
  }
});

test('whoever listens on all addresses is reached by each of them, and by no other name', async (t) => {
  const door = await startDoor(t, '--quiet', '--host', '0.0.0.0');
  const own = Object.values(networkInterfaces()).flat().filter(({ family }) => family === 'IPv4').map(({ address }) => address);
  for (const address of own) assert.equal((await askAs(address, door, { address })).status, 200, address);
  assert.equal((await askAs('0.0.0.0', door)).status, 200);
  assert.equal((await askAs('evil.example', door)).status, 403);
});

test('pages of other origins may call it with --cors alone', async (t) => {
  const names = ['access-control-allow-origin', 'access-control-allow-headers', 'access-control-expose-headers'];
  const seen = ({ headers }) => names.map((name) => headers.get(name));
  const open = await startDoor(t, '--quiet', '--cors');
  const preflight = await fetch(`${open.baseUrl}/sessions`, { method: 'OPTIONS' });
  assert.deepEqual([preflight.status, ...seen(preflight)], [204, '*', '*', '*']);
  assert.deepEqual(seen(await create(open)), ['*', '*', '*']);
  const closed = await startDoor(t, '--quiet');
  const refused = await fetch(`${closed.baseUrl}/sessions`, { method: 'OPTIONS' });
  assert.deepEqual([refused.status, ...seen(refused)], [404, null, null, null]);
  assert.deepEqual(seen(await create(closed)), [null, null, null]);
});

test('a body that is too long is refused with a sentence, and nothing is done', async (t) => {
  const door = await startDoor(t, '--quiet');
  const small = await startDoor(t, '--quiet', '--max-body', '2');
  for (const [on, length, most] of [[door, 33 * 1024 * 1024, 1024 * 1024], [door, 1024 * 1024, 1024 * 1024], [small, 2048, 2048]]) {
    const refused = await create(on, 'x'.repeat(length));
    assert.equal(refused.status, 413);
    const { error } = await refused.json();
    assert.equal(error.code, 413);
    assert.match(error.message, new RegExp(`more than ${most} bytes.*--max-body.*Nothing was done`));
  }
  assert.equal((await create(door, 'x'.repeat(1024 * 1024 - 100))).status, 200);
  assert.equal((await create(small, 'x'.repeat(2000))).status, 200);
  const { sessions } = await (await fetch(`${small.baseUrl}/sessions`, { headers: ownKey(small.apiKey) })).json();
  assert.equal(sessions.length, 1);
});

test('it keeps so many sessions and so much, and says so beyond that', async (t) => {
  const few = await startDoor(t, '--quiet', '--max-sessions', '2');
  assert.deepEqual([(await create(few)).status, (await create(few)).status], [200, 200]);
  const tooMany = await create(few);
  assert.equal(tooMany.status, 400);
  assert.match((await tooMany.json()).error.message, /keeps 2 sessions at most.*Nothing was created/);

  const little = await startDoor(t, '--quiet', '--max-memory', '1');
  assert.equal((await create(little, 'x'.repeat(700_000))).status, 200);
  const tooMuch = await create(little, 'x'.repeat(700_000));
  assert.equal(tooMuch.status, 400);
  assert.match((await tooMuch.json()).error.message, /keeps 1048576 bytes at most/);
  assert.equal((await create(little)).status, 200);
});

test('the command goes on when whoever read its address reads no further', async (t) => {
  const { child, baseUrl, apiKey } = await startDoor(t);
  child.stdout.destroy();
  for (let times = 0; times < 3; times++) {
    assert.equal((await fetch(`${baseUrl}/sources`, { headers: ownKey(apiKey) })).status, 200);
  }
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('the command goes on after clients that misbehave', async (t) => {
  const { baseUrl, apiKey } = await startDoor(t, '--quiet');
  const notJson = await fetch(`${baseUrl}/sessions`, { method: 'POST', headers: ownKey(apiKey), body: '\xff{' });
  assert.equal(notJson.status, 400);
  const { status, body } = await askAs('localhost', { baseUrl, apiKey }, { method: 'TRACE' });
  assert.equal(status, 400);
  assert.match(body.error.message, /TRACE/);

  const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /v1alpha/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{');
  socket.destroy();
  await once(socket, 'close');
  assert.equal((await fetch(`${baseUrl}/sources`, { headers: ownKey(apiKey) })).status, 200);
});

test('the command refuses what it does not know, with exit code 2 and a line that names it', () => {
  const run = (...args) => spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' });
  const help = spawnSync(join(project, 'node_modules', '.bin', 'jules-wasm'), ['--help'], { encoding: 'utf8' });
  assert.ok(help.status === 0 && help.stdout.includes('--step-ms'));
  const mistakes = [
    [[], /which command/],
    [['serve'], /"serve"/],
    [['emulator', '--prot', '1'], /"--prot"/],
    [['emulator', '--port', '99999'], /--port/],
    [['emulator', '--seed'], /--seed needs a value/],
    [['emulator', '--max-sessions', '0'], /--max-sessions: "0"/],
    [['emulator', '--quota-failure', 'never', '--port', '0'], /"quota\.failure"/],
    [['emulator', '--port', '0', '--scenario', 'nope'], /"nope"/],
  ];
  for (const [args, message] of mistakes) {
    const { status, stdout, stderr } = run(...args);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, message);
  }
});
