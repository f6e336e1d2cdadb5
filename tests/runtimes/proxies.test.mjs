/**
 * Proxies as users have them, to an emulator behind TLS in place of the service. In the environment are JULES_TEST_NODE24, Node 24;
 * JULES_TEST_UNDICI, the URL of undici; JULES_TEST_DENO and JULES_TEST_BUN.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { createEmulator } from 'jules-wasm/emulator';

const folder = fileURLToPath(new URL('./proxy/', import.meta.url));
const authority = join(folder, 'ca.pem');
const program = join(folder, 'program.mjs');

const proxy = createServer();
const tunnels = new Set();
let service, targets, refusal;

before(async () => {
  const emulator = await createEmulator({ stepMs: 5, apiKey: 'key' });
  const tls = { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) };
  service = createTlsServer(tls, async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString() || undefined;
    const headers = { 'x-goog-api-key': request.headers['x-goog-api-key'], 'content-type': 'application/json' };
    const answer = await emulator.fetch(`https://jules.googleapis.com${request.url}`, { method: request.method, headers, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  proxy.on('connect', ({ url }, socket, head) => {
    targets.push(url);
    tunnels.add(socket.on('error', () => {}));
    if (refusal) return socket.end(`HTTP/1.1 ${refusal}\r\ncontent-length: 0\r\n\r\n`);
    const tunnel = connect(service.address().port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      tunnel.write(head);
      socket.pipe(tunnel).pipe(socket);
    });
    return tunnels.add(tunnel.on('error', () => {}));
  });
  for (const server of [service, proxy]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});

beforeEach(() => {
  targets = [];
  refusal = undefined;
});

after(() => {
  for (const socket of tunnels) socket.destroy();
  for (const server of [service, proxy]) server.closeAllConnections();
  for (const server of [service, proxy]) server.close();
});

/** Runs the program with the proxy in the environment. */
async function resultOf(command, args, env) {
  const PROXY = `http://127.0.0.1:${proxy.address().port}`;
  const { PATH, HOME } = process.env;
  const options = { cwd: folder, timeout: 60_000, env: { PATH, HOME, PROXY, NODE_EXTRA_CA_CERTS: authority, ...env(PROXY) } };
  const { stdout, stderr } = await promisify(execFile)(command, [...args, program], options);
  const line = stdout.match(/^RESULT (.*)$/m)?.[1];
  assert.ok(line, stdout + stderr);
  return JSON.parse(line);
}

/** The ways to use a proxy: the program, its arguments and its environment. */
const WAYS = {
  'Node 24 with NODE_USE_ENV_PROXY and HTTPS_PROXY': [process.env.JULES_TEST_NODE24, [], (url) => ({ NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: url })],
  'any Node with a dispatcher of undici in the option fetch': [process.execPath, [], () => ({ JULES_TEST_UNDICI: process.env.JULES_TEST_UNDICI })],
  'Deno with HTTPS_PROXY': [process.env.JULES_TEST_DENO, ['run', '--no-prompt', '--allow-net', '--allow-env'], (url) => ({ HTTPS_PROXY: url, DENO_CERT: authority, DENO_NO_UPDATE_CHECK: '1' })],
  'Bun with HTTPS_PROXY': [process.env.JULES_TEST_BUN, [], (url) => ({ HTTPS_PROXY: url })],
};

for (const [name, way] of Object.entries(WAYS)) {
  test(`a session through a proxy: ${name}`, { skip: !way[0] && 'this program is not available for this platform' }, async () => {
    assert.deepEqual(await resultOf(...way), { state: 'completed' });
    assert.ok(targets.length > 0 && targets.every((target) => target === 'jules.googleapis.com:443'), String(targets));
  });
}

test('a proxy that refuses the connection is a network error, and the create was not carried out', async () => {
  refusal = '407 Proxy Authentication Required';
  for (const way of Object.values(WAYS).slice(0, 2).filter(([command]) => command)) {
    const { message, ...error } = await resultOf(...way);
    assert.deepEqual(error, { name: 'JulesNetworkError', code: 'network_error', outcome: 'notSent' }, message);
    assert.match(message, /407.*Check the network, the proxy/);
  }
});
