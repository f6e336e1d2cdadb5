/**
 * Batches in Workers that are driven by ticks, over HTTP: each tick runs in a workerd of its own, and some of these are killed in the
 * middle of a tick. In the environment is JULES_TEST_NEW_WORKERD: the program.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { connect } from 'jules-wasm';

import { startEmulator } from '../package/support/emulator-program.mjs';
import { layWorker } from './worker.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const installed = join(fileURLToPath(import.meta.resolve('jules-wasm/package.json')), '..');

const COUNT = 20;
const MOST_REQUESTS = 10;
const KEYS = Array.from({ length: COUNT }, (_, index) => `item-${index}`);
const CONFIG = { pollingIntervalMs: 100, rateLimitRetry: { baseDelayMs: 20 } };

/** At which request a tick is cut off: before this reaches the service, or when it was carried out and is not answered. */
const CUTS = [
  { number: 2, when: 'after' }, { number: 1, when: 'before' }, undefined, { number: 3, when: 'before' }, { number: 5, when: 'after' },
  { number: 1, when: 'after' },
];

/** Prompts are identical, so that only the titles distinguish the sessions. */
const WORKER = `import { connect } from 'jules-wasm';
  const key = (item) => item;
  const map = () => ({ prompt: 'Fix it' });
  export default {
    async fetch(request) {
      const { state, baseUrl, apiKey, config, items, stateUrl } = await request.json();
      const save = stateUrl && ((state) => fetch(stateUrl, { method: 'PUT', body: JSON.stringify(state) }));
      const jules = connect({ baseUrl, apiKey, config });
      return Response.json(await jules.tick(state, { items, map, key, save, maxRequests: ${MOST_REQUESTS}, maxMs: 3_000 }));
    },
  };`;

const CAPNP = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js"), (name = "./jules.wasm", wasm = embed "jules.wasm")],
      compatibilityDate = "2026-01-01",
      globalOutbound = "network",
    )),
    (name = "network", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;

let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'jules-wasm-ticks-'));
  await layWorker(WORKER, { folder, resolveDir: here, installed });
  writeFileSync(join(folder, 'worker.capnp'), CAPNP);
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** A proxy in front of the emulator that counts the requests, keeps the saved state, and can cut a tick off. */
async function startProxy(t, target) {
  const proxy = { requests: 0, state: undefined, onRequest: () => {} };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.url === '/state') {
      proxy.state = JSON.parse(body);
      return response.end();
    }
    const number = ++proxy.requests;
    proxy.onRequest(number, 'before');
    const { host, ...headers } = request.headers;
    const answer = await fetch(new URL(request.url, target), { method: request.method, headers, ...(body.length > 0 && { body }) });
    const text = await answer.text();
    proxy.onRequest(number, 'after');
    response.writeHead(answer.status, { 'content-type': 'application/json', date: answer.headers.get('date') }).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  proxy.url = `http://127.0.0.1:${server.address().port}`;
  return proxy;
}

/** Runs one tick in a new workerd. Resolves with the state, or with undefined if it was cut off. */
async function tickInWorker(proxy, given, cut) {
  const worker = spawn(process.env.JULES_TEST_NEW_WORKERD, ['serve', join(folder, 'worker.capnp'), '--control-fd=1'], {
    cwd: folder, stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(worker, 'close');
  try {
    const [line] = await once(createInterface({ input: worker.stdout }), 'line');
    proxy.requests = 0;
    proxy.onRequest = (number, when) => {
      if (number === cut?.number && when === cut.when) worker.kill('SIGKILL');
    };
    const url = `http://127.0.0.1:${JSON.parse(line).port}/`;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(given) }).catch(() => undefined);
    const text = await response?.text().catch(() => undefined);
    assert.ok(text === undefined || response.ok, text);
    return text && JSON.parse(text);
  } finally {
    worker.kill('SIGKILL');
    await ended;
  }
}

/** The sessions of the service by the keys of their titles, with the states in which they have ended. */
async function ends(jules) {
  const sessions = await jules.sessions({ pageSize: 100 }).all();
  return sessions.map(({ title, state }) => [title.split(' ')[0], state]).sort();
}

async function longLivedRun(t) {
  const { baseUrl, apiKey } = await startEmulator(t, '--quiet', '--step-ms', '50');
  const jules = connect({ baseUrl, apiKey, config: CONFIG });
  const statuses = [];
  for await (const { key, status } of jules.batch(KEYS, () => ({ prompt: 'Fix it' }), { key: (item) => item })) statuses.push([key, status]);
  return { statuses: statuses.sort(), ends: await ends(jules) };
}

for (const isSaved of [false, true]) {
  const title = isSaved ? 'with a state that is saved before each create' : 'with a state that is only returned';
  test(`a batch of Workers that are dropped between and inside ticks, ${title}, ends as the long-lived run`, { timeout: 180_000 }, async (t) => {
    const { baseUrl, apiKey } = await startEmulator(t, '--quiet', '--step-ms', '50');
    const proxy = await startProxy(t, baseUrl);
    const given = { baseUrl: `${proxy.url}/v1alpha`, apiKey, config: CONFIG, items: KEYS, ...(isSaved && { stateUrl: `${proxy.url}/state` }) };
    let state, ticks = 0, cuts = 0;
    while (!state?.done) {
      assert.ok(++ticks < 100, JSON.stringify(state));
      const next = await tickInWorker(proxy, { ...given, state }, CUTS[ticks - 1]);
      assert.ok(proxy.requests <= MOST_REQUESTS, `${proxy.requests} requests`);
      if (!next) cuts++;
      state = next ?? (isSaved ? proxy.state : state);
    }
    assert.ok(cuts >= 4, `${cuts} ticks were cut off`);
    const jules = connect({ baseUrl, apiKey, config: CONFIG });
    const expected = await longLivedRun(t);
    assert.deepEqual(state.items.map(({ key, status }) => [key, status]).sort(), expected.statuses);
    assert.deepEqual(await ends(jules), expected.ends);
    assert.ok(JSON.stringify(state).length < 2_000 * COUNT);
  });
}
