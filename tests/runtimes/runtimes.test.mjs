/**
 * The installed package, unchanged, in runtimes other than Node and browsers. In the environment are JULES_TEST_BUN,
 * JULES_TEST_DENO and JULES_TEST_WORKERD: the programs.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const installed = join(fileURLToPath(import.meta.resolve('jules-wasm/package.json')), '..');

/** What the program tells wherever it runs. */
const EXPECTED = {
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
  server = await serve({ port: 0, stepMs: 20 });
});

after(() => server.close());

/** Runs it without standard input or the rest of this environment, and gives what it told. */
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

test('in Deno, with leave to use the network and its own variable and nothing else', async () => {
  const args = ['run', '--no-prompt', '--allow-net=127.0.0.1', '--allow-env=BASE_URL', main];
  assert.deepEqual(await resultOf(process.env.JULES_TEST_DENO, args, { BASE_URL: server.baseUrl }), EXPECTED);
});

test('in Bun', async () => {
  assert.deepEqual(await resultOf(process.env.JULES_TEST_BUN, [main], { BASE_URL: server.baseUrl }), EXPECTED);
});

test('in workerd, which compiles no wasm: the files come as compiled modules', async () => {
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
    compatibilityDate = "2026-01-01",
  )),
  (name = "internet", network = (allow = ["public", "private"])),
]);
`,
    );
    assert.deepEqual(await resultOf(process.env.JULES_TEST_WORKERD, ['test', config]), EXPECTED);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
