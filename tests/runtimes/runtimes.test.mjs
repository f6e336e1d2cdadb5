/**
 * The installed package, unchanged, in runtimes other than Node and browsers. In the environment are JULES_TEST_BUN,
 * JULES_TEST_DENO, JULES_TEST_WORKERD and JULES_TEST_FIREFOX: the programs.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const installed = join(fileURLToPath(import.meta.resolve('jules-wasm/package.json')), '..');

/** The output of the program in all runtimes. */
const EXPECTED = {
  stacks: [true, true, true],
  contexts: true,
  types: [
    'planGenerated', 'planApproved', 'progressUpdated', 'progressUpdated', 'agentMessaged', 'userMessaged', 'agentMessaged',
    'progressUpdated', 'progressUpdated', 'progressUpdated', 'progressUpdated', 'agentMessaged', 'sessionCompleted',
  ],
  state: 'completed',
  pullRequest: 'https://github.com/owner/repo/pull/1',
  files: [
    'created README.md', 'renamed docs/getting-started.md', 'created scripts/check.sh', 'deleted src/legacy.js',
    'modified src/settings.js',
  ],
  creates: 1,
  states: ['completed', 'completed', 'completed'],
  failures: [true, true, true],
  parsed: [{ path: 'x', additions: 1 }],
};

let server;

before(async () => {
  const { serve } = await import(pathToFileURL(join(installed, 'bin', 'server.js')).href);
  server = await serve({ port: 0, apiKey: 'key', stepMs: 20 });
});

after(() => server.close());

/** Runs it without standard input and the rest of this environment, and returns its output. */
function resultOf(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const options = { cwd: here, timeout: 60_000, env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } };
    execFile(command, args, options, (error, stdout, stderr) => {
      const line = stdout.match(/^RESULT (.*)$/m)?.[1];
      if (error || !line) reject(new Error(`${basename(command)} failed: ${error}\n${stdout}\n${stderr}`));
      else resolve(JSON.parse(line));
    });
  });
}

const main = join(here, 'main.js');

test('in Node', async () => {
  assert.deepEqual(await resultOf(process.execPath, [main], { BASE_URL: server.baseUrl }), EXPECTED);
});

test('in Deno, with permissions for the network and its environment variable only', async () => {
  const args = ['run', '--no-prompt', '--allow-net=127.0.0.1', '--allow-env=BASE_URL', main];
  assert.deepEqual(await resultOf(process.env.JULES_TEST_DENO, args, { BASE_URL: server.baseUrl }), EXPECTED);
});

test('in Bun', async () => {
  assert.deepEqual(await resultOf(process.env.JULES_TEST_BUN, [main], { BASE_URL: server.baseUrl }), EXPECTED);
});

/** Workers before and after requests had a cache mode there, and with Node's own modules. */
const WORKERS = { '2024-09-23': '', '2026-01-01': '', '2026-01-01 with nodejs_compat': '"nodejs_compat"' };

for (const [name, flags] of Object.entries(WORKERS)) {
  test(`in workerd as of ${name}, which does not compile wasm: the files are imported as compiled modules`, () => inWorkerd(name.slice(0, 10), flags));
}

async function inWorkerd(date, flags) {
  const folder = mkdtempSync(join(tmpdir(), 'jules-wasm-worker-'));
  try {
    await build({
      entryPoints: [join(here, 'worker.js')],
      outfile: join(folder, 'worker.js'),
      bundle: true,
      format: 'esm',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['*.wasm'],
      logLevel: 'error',
    });
    const files = ['jules.wasm', 'emulator.wasm'];
    for (const file of files) copyFileSync(join(installed, file), join(folder, file));
    const modules = files.map((file) => `(name = "./${file}", wasm = embed "${file}")`);
    const config = join(folder, 'worker.capnp');
    writeFileSync(
      config,
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [
  (name = "main", worker = (
    modules = [(name = "worker.js", esModule = embed "worker.js"), ${modules.join(', ')}],
    bindings = [(name = "BASE_URL", text = "${server.baseUrl}")],
    compatibilityDate = "${date}",
    compatibilityFlags = [${flags}],
  )),
  (name = "internet", network = (allow = ["public", "private"])),
]);
`,
    );
    assert.deepEqual(await resultOf(process.env.JULES_TEST_WORKERD, ['test', config]), EXPECTED);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const PAGE = `<!doctype html>
<script type="importmap">{"imports": {"jules-wasm": "/package/index.js", "jules-wasm/emulator": "/package/emulator.js"}}</script>
<script type="module">
  const send = (result) => fetch('/result', { method: 'POST', body: JSON.stringify(result) });
  import('/program.js').then(({ program }) => program(location.origin + '/v1alpha')).then(send, (error) => send(String(error)));
</script>`;

/** A site with the page, the package as it is, and the service behind a path of its own, as the README advises. */
async function site(onResult) {
  const files = (path) => {
    if (path === '/') return { type: 'text/html', body: PAGE };
    const file = path === '/program.js' ? join(here, 'program.js') : join(installed, path.replace('/package/', ''));
    return { type: 'text/javascript', body: readFileSync(file) };
  };
  const proxied = async ({ method, url, headers }, body) => {
    const target = new URL(url, server.baseUrl);
    const key = headers['x-goog-api-key'];
    const init = { method, headers: { 'x-goog-api-key': key, 'content-type': 'application/json' }, body: body || undefined };
    return fetch(target, init);
  };
  const http = createServer(async (request, response) => {
    try {
      const body = Buffer.concat(await request.toArray()).toString();
      if (request.url === '/result') {
        onResult(JSON.parse(body));
        response.end();
      } else if (request.url.startsWith('/v1alpha/')) {
        const answer = await proxied(request, body);
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(Buffer.from(await answer.arrayBuffer()));
      } else {
        const { type, body: content } = files(request.url);
        response.writeHead(200, { 'content-type': type });
        response.end(content);
      }
    } catch {
      response.writeHead(404).end();
    }
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return http;
}

test('in Firefox, without a bundler', { timeout: 120_000 }, async () => {
  const profile = mkdtempSync(join(tmpdir(), 'jules-wasm-firefox-'));
  const report = {};
  report.promise = new Promise((resolve, reject) => Object.assign(report, { resolve, reject }));
  const http = await site(report.resolve);
  const args = ['--headless', '--no-remote', '--profile', profile, `http://127.0.0.1:${http.address().port}/`];
  const browser = spawn(process.env.JULES_TEST_FIREFOX, args, { stdio: 'ignore', env: { ...process.env, HOME: profile } });
  browser.on('error', report.reject);
  const exited = once(browser, 'exit');
  exited.then(([code]) => report.reject(new Error(`Firefox ended by itself, with ${code}`)));
  try {
    assert.deepEqual(await report.promise, EXPECTED);
  } finally {
    browser.kill();
    await exited;
    http.closeAllConnections();
    http.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
