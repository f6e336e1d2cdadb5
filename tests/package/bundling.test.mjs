/** What bundlers make of the package. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { build } from 'esbuild';

import { project, runProgram } from './tools.mjs';

const PROGRAM = `
  const jules = require('jules-wasm').connect({ apiKey: 'k', fetch: async () => Response.json({ name: 'sessions/1', id: '1' }) });
  require('jules-wasm/emulator').createEmulator().then(async (emulator) => {
    console.log((await jules.session('1').info({ activities: false })).id, typeof emulator.fetch);
  });`;

const bundled = (options) =>
  build({ stdin: { contents: PROGRAM, resolveDir: project }, bundle: true, write: false, metafile: true, logLevel: 'silent', ...options });

/** Runs a bundle where there is nothing else. */
async function outputOf({ outputFiles: [{ contents }] }) {
  const folder = mkdtempSync(join(tmpdir(), 'jules-wasm-bundle-'));
  try {
    writeFileSync(join(folder, 'bundle.cjs'), contents);
    const { stdout, stderr } = await runProgram(process.execPath, [join(folder, 'bundle.cjs')]);
    return stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ofCommonJs = ({ metafile }) => Object.keys(metafile.inputs).filter((path) => path.endsWith('.cjs'));

test('a bundle of a program that requires the package contains its ES modules, and runs by itself', async () => {
  for (const options of [{ platform: 'node', format: 'cjs' }, { platform: 'browser', format: 'iife' }]) {
    const bundle = await bundled(options);
    assert.deepEqual(ofCommonJs(bundle), [], options.platform);
    assert.equal(await outputOf(bundle), '1 function\n', options.platform);
  }
});

test('a bundle by a bundler that does not know the condition module contains CommonJS, and runs by itself', async () => {
  // Conditions given here replace `module`, the default.
  const bundle = await bundled({ platform: 'node', format: 'cjs', conditions: ['unknown'] });
  assert.ok(ofCommonJs(bundle).length > 0);
  assert.equal(await outputOf(bundle), '1 function\n');
});
