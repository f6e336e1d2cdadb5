import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { runNode } from './tools.mjs';

const ENTRIES = ['jules-wasm', 'jules-wasm/inline', 'jules-wasm/slim', 'jules-wasm/emulator'];

test('the entries export what their users import', async () => {
  const client = await import('jules-wasm');
  assert.equal(typeof client.connect, 'function');
  assert.equal(typeof client.jules.session, 'function');
  assert.ok(Object.create(client.JulesError.prototype) instanceof Error);
  const slim = await import('jules-wasm/slim');
  assert.deepEqual(Object.keys(client).filter((name) => !(name in slim)), []);
  assert.equal(typeof slim.init, 'function');
  assert.equal(typeof (await import('jules-wasm/emulator')).createEmulator, 'function');
});

test('the raw files are wasm that Node compiles', async () => {
  for (const name of ['jules-wasm/jules.wasm', 'jules-wasm/emulator.wasm']) {
    const bytes = readFileSync(fileURLToPath(import.meta.resolve(name)));
    assert.ok((await WebAssembly.compile(bytes)) instanceof WebAssembly.Module, name);
  }
});

const [major, minor] = process.versions.node.split('.').map(Number);
const requiresModules = major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);

test('the entries can be loaded with require, where Node supports it for ES modules', { skip: !requiresModules }, async () => {
  for (const entry of ENTRIES) {
    const source = `console.log(Object.keys(require('${entry}')).join())`;
    const { code, stdout, stderr } = await runNode(source, { type: 'commonjs' });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /connect|createEmulator/, entry);
  }
});

test('import and require have the same error classes', { skip: !requiresModules }, async () => {
  const { code, stdout, stderr } = await runNode(`
    import { createRequire } from 'node:module';
    import * as imported from 'jules-wasm';
    const required = createRequire(process.cwd() + '/x.js')('jules-wasm');
    const errors = [];
    for (const make of [imported.connect, required.connect]) {
      try { make({ apikey: 'x' }); } catch (error) { errors.push(error); }
      await make().session({ prompt: 'p' }).catch((error) => errors.push(error));
    }
    for (const { JulesError, InvalidArgumentError, MissingApiKeyError } of [imported, required]) {
      console.log(errors.map((e) => [JulesError, InvalidArgumentError, MissingApiKeyError].map((c) => +(e instanceof c)).join('')).join());
    }`, { env: { ...process.env, JULES_API_KEY: '' } });
  assert.equal(code, 0, stderr);
  assert.deepEqual(stdout.trim().split('\n'), ['110,101,110,101', '110,101,110,101']);
});

/** Runs before the package and records the side effects of its files. */
const WATCH = `
  const done = [];
  const note = (what) => { if (new Error().stack.includes('/node_modules/jules-wasm/')) done.push(what); };
  const watch = (object, name, what) => {
    const original = object[name];
    object[name] = new Proxy(original, {
      apply: (...args) => (note(what), Reflect.apply(...args)),
      construct: (...args) => (note(what), Reflect.construct(...args)),
    });
  };
  for (const name of ['fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'atob', 'Date', 'TextDecoder']) {
    watch(globalThis, name, name);
  }
  watch(Date, 'now', 'Date.now');
  watch(performance, 'now', 'performance.now');
  watch(Math, 'random', 'Math.random');
  watch(crypto, 'getRandomValues', 'crypto.getRandomValues');
  for (const name of ['Module', 'Instance', 'compile', 'instantiate']) watch(WebAssembly, name, 'WebAssembly.' + name);
  const env = new Proxy(process.env, {
    get: (target, key) => (note('env.' + String(key)), target[key]),
    has: (target, key) => (note('env.' + String(key)), key in target),
  });
  Object.defineProperty(process, 'env', { get: () => (note('process.env'), env) });
`;

test('importing an entry has no side effects: no request, timer, clock, random number, environment or compilation', async () => {
  for (const entry of ENTRIES) {
    const { code, stdout, stderr } = await runNode(`${WATCH}
      await import('${entry}');
      console.log(JSON.stringify(done));`);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), [], entry);
  }
});

test('the first call compiles the wasm, which the test above would notice', async () => {
  const { code, stdout, stderr } = await runNode(`${WATCH}
    const { jules } = await import('jules-wasm');
    try { await jules.session({ prompt: 'p' }); } catch {}
    console.log(JSON.stringify(done));`);
  assert.equal(code, 0, stderr);
  assert.ok(JSON.parse(stdout).includes('WebAssembly.compile'), stdout);
});

test('slim rejects calls before init() and anything that is not a module', async () => {
  const { init, jules } = await import('jules-wasm/slim');
  await assert.rejects(jules.session({ prompt: 'Hello' }), /init\(module\)/);
  assert.throws(() => init(new Uint8Array(8)), TypeError);
});

test('the time of an import is printed beside that of an empty module', async (t) => {
  const measure = async (source) => {
    const times = [];
    for (let i = 0; i < 5; i++) {
      const { code, stdout, stderr } = await runNode(`const begin = performance.now(); ${source}; console.log(performance.now() - begin);`);
      assert.equal(code, 0, stderr);
      times.push(Number(stdout));
    }
    return times.sort((a, b) => a - b)[2];
  };
  const [nothing, client] = [await measure("await import('data:text/javascript,')"), await measure("await import('jules-wasm')")];
  t.diagnostic(`importing jules-wasm takes ${client.toFixed(1)} ms, an empty module ${nothing.toFixed(1)} ms (median of 5)`);
  assert.ok(Number.isFinite(client) && Number.isFinite(nothing), 'times were measured');
});
