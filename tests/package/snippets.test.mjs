// Every code block of the README and of the pages in docs/, and every @example of the types, compiles in strict TypeScript and completes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { transform } from 'esbuild';
import { createEmulator } from 'jules-wasm/emulator';
import { installed, project, runProgram } from './tools.mjs';

const folder = join(installed, '..', '..', 'snippets');

/** The TypeScript code blocks of a text, without the stars of comments. */
function blocks(text) {
  const plain = text.replace(/^ *\* ?/gm, '');
  return [...plain.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
}

const filesIn = (folder, ending) => readdirSync(folder).filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
const sources = [join(installed, 'README.md'), ...filesIn(join(project, 'docs'), '.md'), ...filesIn(installed, '.d.cts')];
const snippets = sources.flatMap((file) =>
  blocks(readFileSync(file, 'utf8')).map((code, index) => ({ name: `${relative(project, file)} ${index + 1}`, code })),
);
const fileOf = (index) => join(folder, `snippet-${index}.ts`);

const real = { fetch: globalThis.fetch, setTimeout: globalThis.setTimeout, log: console.log, key: process.env.JULES_API_KEY };

before(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  snippets.forEach(({ code }, index) => writeFileSync(fileOf(index), `${code}\nexport {};\n`));
  const emulator = await createEmulator({ stepMs: 5 });
  process.env.JULES_API_KEY = emulator.apiKey;
  globalThis.fetch = (url, init) => {
    if (!String(url).endsWith('/jules.wasm')) return emulator.fetch(url, init);
    return Promise.resolve(
      new Response(readFileSync(join(installed, 'jules.wasm')), { headers: { 'content-type': 'application/wasm' } }),
    );
  };
  // The snippets use real intervals; here timers run 200 times as fast.
  globalThis.setTimeout = (callback, ms, ...args) => real.setTimeout(callback, ms / 200, ...args);
  console.log = () => {};
});

after(() => {
  Object.assign(globalThis, { fetch: real.fetch, setTimeout: real.setTimeout });
  console.log = real.log;
  if (real.key === undefined) delete process.env.JULES_API_KEY;
  else process.env.JULES_API_KEY = real.key;
});

test('there are snippets to compile and run', () => {
  assert.ok(snippets.length > 20, `${snippets.length}`);
  assert.ok(snippets.filter(({ name }) => name.includes('README')).length > 8);
});

test('all snippets compile in strict TypeScript', () => {
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,dom', '--types', 'node'];
  const tsc = process.env.JULES_TEST_TSC;
  assert.ok(tsc, 'the runner says where tsc is');
  try {
    execFileSync(process.execPath, [tsc, ...options, ...snippets.map((_, index) => fileOf(index))], { encoding: 'utf8' });
  } catch (error) {
    const named = error.stdout.replace(/snippet-(\d+)\.ts/g, (_, index) => snippets[index].name);
    assert.fail(named);
  }
});

for (const [index, { name, code }] of snippets.entries()) {
  test(`${name} runs`, async () => {
    const { code: script } = await transform(code, { loader: 'ts', format: 'esm', target: 'es2022' });
    const file = fileOf(index).replace(/\.ts$/, '.mjs');
    writeFileSync(file, script);
    if (code.includes("from 'node:test'")) {
      // A test file: run it with the test runner.
      const { NODE_TEST_CONTEXT: ours, ...env } = process.env;
      const { code: exitCode, stdout } = await runProgram(process.execPath, ['--test', '--test-reporter=tap', file], { env });
      assert.equal(exitCode, 0, stdout);
      assert.match(stdout, /^# pass 1$/m);
      return;
    }
    const exported = await import(pathToFileURL(file));
    assert.ok(exported);
  });
}
