/**
 * What a runtime does not allow ends a call before anything is sent, with an error that says what to do. In the environment are
 * JULES_TEST_DENO, JULES_TEST_WORKERD, JULES_TEST_NEW_WORKERD and JULES_TEST_CHROME: the programs.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { chromium } from 'playwright-core';

import { layWorker } from './worker.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const installed = join(fileURLToPath(import.meta.resolve('jules-wasm/package.json')), '..');

/** The start of each program: `call()` resolves with the error of a call. */
const PROGRAM = `
  const client = (options) => connect({ baseUrl: 'http://127.0.0.1:54321/v1alpha', apiKey: 'key', ...options });
  const plain = ({ name, code, outcome, message }) => ({ name, code, outcome, message });
  const call = (options) => client(options).session('1').info({ activities: false }).then(({ state }) => state, plain);
`;

function assertError(error, expected, ...advice) {
  const { message, ...rest } = error;
  assert.deepEqual(rest, { ...expected, outcome: 'notSent' }, message);
  for (const words of advice) assert.match(message, words);
}

const LOAD_FAILED = { name: 'JulesLoadError', code: 'load_failed' };

/** What the next response of the site is: its policy, and a file of the package that is missing. */
const site = { policy: undefined, missing: undefined };
let http, browser;

before(async () => {
  const answer = "async () => Response.json({ name: 'sessions/1', id: '1', state: 'COMPLETED' })";
  const script = `import { connect } from '/package/index.js';\n${PROGRAM}\nglobalThis.call = () => call({ fetch: ${answer} });`;
  http = createServer(({ url }, response) => {
    if (url === '/') {
      response.writeHead(200, { 'content-type': 'text/html', ...(site.policy && { 'content-security-policy': site.policy }) });
      return response.end('<!doctype html><script type="module" src="/page.js"></script>');
    }
    if (url === '/favicon.ico' || url === `/package/${site.missing}`) return response.writeHead(404).end();
    const body = url === '/page.js' ? script : readFileSync(join(installed, url.replace('/package/', '')));
    return response.writeHead(200, { 'content-type': 'text/javascript' }).end(body);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  browser = await chromium.launch({ executablePath: process.env.JULES_TEST_CHROME, args: ['--no-sandbox', '--disable-gpu'] });
});

after(async () => {
  await browser?.close();
  http?.closeAllConnections();
  http?.close();
});

async function open(t, { policy } = {}) {
  site.policy = policy;
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.goto(`http://127.0.0.1:${http.address().port}/`);
  await page.waitForFunction('globalThis.call');
  return page;
}

test("a content security policy without 'wasm-unsafe-eval' is a load error that names it", async (t) => {
  for (const policy of ["default-src 'self'", "script-src 'self'"]) {
    const page = await open(t, { policy });
    assertError(await page.evaluate('call()'), LOAD_FAILED, /Content Security Policy/i, /allow 'wasm-unsafe-eval' in its script-src/);
  }
  const page = await open(t, { policy: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'" });
  assert.equal(await page.evaluate('call()'), 'completed');
});

test('a missing chunk is a load error, and the next call loads it again', async (t) => {
  t.after(() => (site.missing = undefined));
  for (const chunk of ['jules-chunk.js', 'jules-text.js']) {
    const page = await open(t);
    site.missing = chunk;
    assertError(await page.evaluate('call()'), LOAD_FAILED, /The next call tries again/, /blocker/, /import jules-wasm\/inline/);
    site.missing = undefined;
    assert.equal(await page.evaluate('call()'), 'completed');
  }
});

test('without a network at the first call it is a load error, and the next call works', async (t) => {
  const page = await open(t);
  await page.context().setOffline(true);
  assertError(await page.evaluate('call()'), LOAD_FAILED, /Check the network/);
  await page.context().setOffline(false);
  assert.equal(await page.evaluate('call()'), 'completed');
});

/** The result that a program prints. */
async function resultOf(command, args, cwd = here) {
  const { stdout, stderr } = await promisify(execFile)(command, args, { cwd, timeout: 60_000 });
  const line = stdout.match(/^RESULT (.*)$/m)?.[1];
  assert.ok(line, stdout + stderr);
  return JSON.parse(line);
}

test('Deno without permissions: the error names the one that is missing, and nothing is asked for that is not needed', async (t) => {
  const file = join(here, 'refused-in-deno.js');
  t.after(() => rmSync(file));
  writeFileSync(file, `import { connect } from 'jules-wasm';\n${PROGRAM}
    const all = [await call({ apiKey: undefined }), await call(), await call({ fetch: async () => Response.json({ id: '1', name: 'sessions/1', state: 'COMPLETED' }) })];
    console.log('RESULT ' + JSON.stringify(all));`);
  const [environment, network, custom] = await resultOf(process.env.JULES_TEST_DENO, ['run', '--no-prompt', file]);
  assertError(environment, { name: 'MissingApiKeyError', code: 'missing_api_key' }, /--allow-env=JULES_API_KEY/);
  assertError(network, { name: 'JulesNetworkError', code: 'network_error' }, /--allow-net/);
  assert.equal(custom, 'completed', 'it reads neither files nor the environment');
});

test('Deno without --allow-run: a journal whose process has ended names the permission', async (t) => {
  const folder = mkdtempSync(join(here, 'journal-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'open.js');
  writeFileSync(file, `import { fileStore } from 'jules-wasm/stores';
    const { hostname } = await import('node:os');
    const path = ${JSON.stringify(join(folder, 'a.journal'))};
    await Deno.writeTextFile(path + '.lock-' + hostname().replace(/[^\\w.-]/g, '_') + '+999999999+0', '');
    const end = await fileStore(path).open().then(() => 'open', ({ code, message }) => ({ code, message }));
    console.log('RESULT ' + JSON.stringify(end));`);
  const files = ['--allow-read', '--allow-write', '--allow-sys=hostname'];
  const { code, message } = await resultOf(process.env.JULES_TEST_DENO, ['run', '--no-prompt', ...files, file]);
  assert.equal(code, 'journal_failed');
  assert.match(message, /the process 999999999, unless it has ended, .*--allow-run\. No session was created/);
  assert.equal(await resultOf(process.env.JULES_TEST_DENO, ['run', '--no-prompt', ...files, '--allow-run', file]), 'open');
});

test("a call at the top level of a Worker's module is an error that says where to make it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'jules-wasm-scope-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const program = `import { connect } from 'jules-wasm';\n${PROGRAM}
    const early = [await call(), await client().session({ prompt: 'p' }).catch(plain)];
    export default { async test() { console.log('RESULT ' + JSON.stringify(early)); } };`;
  await layWorker(program, { folder, resolveDir: here, installed });
  writeFileSync(join(folder, 'worker.capnp'), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js"), (name = "./jules.wasm", wasm = embed "jules.wasm")],
  compatibilityDate = "2026-01-01",
))]);
`);
  // Older ones create no AbortController there; for newer ones only the timer and the result of fetch are refused.
  for (const workerd of [process.env.JULES_TEST_WORKERD, process.env.JULES_TEST_NEW_WORKERD]) {
    const errors = await resultOf(workerd, ['test', join(folder, 'worker.capnp')], folder);
    assert.equal(errors.length, 2);
    for (const error of errors) {
      assertError(error, { name: 'InvalidStateError', code: 'invalid_state' }, /global scope/, /Nothing was sent/, /in event handlers/);
    }
  }
});
