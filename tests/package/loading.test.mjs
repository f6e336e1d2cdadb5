/** How the WebAssembly is loaded: once, at the first call, everywhere, and with an error that helps where it cannot be. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

import * as imported from 'jules-wasm';

import { installed, runNode } from './tools.mjs';

const require = createRequire(import.meta.url);
const answering = { apiKey: 'k', fetch: async () => Response.json({ name: 'sessions/1', id: '1', state: 'COMPLETED' }) };
const stateOf = async ({ connect }) => (await connect(answering).session('1').info({ activities: false })).state;

test('what needs no WebAssembly loads none', async () => {
  const { code, stdout, stderr } = await runNode(`
    import { connect, jules, InvalidArgumentError, JulesError, parseUnidiff } from 'jules-wasm';
    WebAssembly.compile = () => { throw new Error('compiled'); };
    jules.session('sessions/1').stream();
    connect({ apiKey: 'k' }).with({ config: { pollingIntervalMs: 1 } }).sessions({ limit: 1 });
    parseUnidiff('');
    try { jules.session('../x'); } catch (error) { console.log(error instanceof InvalidArgumentError, error instanceof JulesError); }
  `);
  assert.deepEqual([code, stdout, stderr], [0, 'true true\n', '']);
});

test('calls at the same time and preload() share one load', async () => {
  const { code, stdout, stderr } = await runNode(`
    import { connect, preload } from 'jules-wasm';
    let compiled = 0;
    const { compile } = WebAssembly;
    // Node compiles a small module of its own for HTTP.
    WebAssembly.compile = (bytes) => (compiled += new Error().stack.includes('/node_modules/jules-wasm/'), compile(bytes));
    const jules = connect({ apiKey: 'k', fetch: async () => Response.json({ name: 'sessions/1', id: '1' }) });
    await Promise.all([preload(), jules.session('1').info(), jules.session('2').info(), preload()]);
    await jules.session('3').info();
    console.log(compiled);
  `);
  assert.deepEqual([code, stdout, stderr], [0, '1\n', '']);
});

test('a runtime without zlib unpacks by a stream', async () => {
  const { code, stdout, stderr } = await runNode(`
    process.getBuiltinModule = undefined;
    const { preload } = await import('jules-wasm');
    await preload();
    console.log('loaded');
  `);
  assert.deepEqual([code, stdout, stderr], [0, 'loaded\n', '']);
});

test('where WebAssembly is forbidden, each call rejects with a JulesLoadError and sends nothing; the next call tries again', async () => {
  const { code, stdout, stderr } = await runNode(`
    import assert from 'node:assert/strict';
    import { connect, JulesError, JulesLoadError } from 'jules-wasm';
    const { compile } = WebAssembly;
    WebAssembly.compile = async () => { throw new WebAssembly.CompileError('refused by the content security policy'); };
    let sent = 0;
    const jules = connect({ apiKey: 'k', fetch: async () => (sent++, Response.json({ name: 'sessions/1', id: '1' })) });
    const calls = [jules.session({ prompt: 'p' }), jules.session('1').stream().next(), jules.all([1], () => ({ prompt: 'p' }))];
    for (const { reason } of await Promise.allSettled(calls)) {
      assert.ok(reason instanceof JulesLoadError && reason instanceof JulesError, String(reason));
      assert.deepEqual([reason.code, reason.outcome, sent], ['load_failed', 'notSent', 0]);
      assert.match(reason.message, /refused by the content security policy.*No request was sent.*'wasm-unsafe-eval'/s);
    }
    WebAssembly.compile = compile;
    console.log((await jules.session({ prompt: 'p' })).id, sent);
  `);
  assert.deepEqual([code, stdout, stderr], [0, '1 1\n', '']);
});

test('the inline entry works, and loads no code later', async () => {
  assert.equal(await stateOf(await import('jules-wasm/inline')), 'completed');
  for (const file of ['inline.js', 'jules.js']) assert.ok(!/\bimport\(/.test(readFileSync(join(installed, file), 'utf8')), file);
});

test('the CommonJS build works, and its errors are those of the ES modules', async () => {
  const [required, emulator] = ['index.cjs', 'emulator.cjs'].map((file) => require(join(installed, file)));
  assert.deepEqual(Object.keys(required).sort(), Object.keys(imported).sort());
  assert.notEqual(required.JulesError, imported.JulesError);
  const jules = required.connect({ ...(await emulator.createEmulator({ clock: 'virtual' })), config: { pollingIntervalMs: 1 } });
  const run = await jules.run({ prompt: 'Write hello.ts' });
  assert.equal((await run.result()).state, 'completed');
  const error = await jules.session('404').info().catch((thrown) => thrown);
  assert.ok(error instanceof imported.JulesApiError && error instanceof imported.JulesError && !(error instanceof imported.TimeoutError));
  assert.ok(new imported.TimeoutError('late') instanceof required.TimeoutError);
  for (const file of ['inline.cjs', 'slim.cjs', 'diff.cjs']) assert.ok(Object.keys(require(join(installed, file))).length > 0, file);
});

test('slim takes a module of another realm', async () => {
  const { init, ...slim } = await import('jules-wasm/slim');
  const module = runInNewContext('new WebAssembly.Module(bytes)', { bytes: readFileSync(join(installed, 'jules.wasm')) });
  assert.ok(!(module instanceof WebAssembly.Module));
  init(module);
  assert.equal(await stateOf(slim), 'completed');
});
