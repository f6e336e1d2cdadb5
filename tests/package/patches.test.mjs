/** Patches in responses, and `jules-wasm/diff`, which uses no wasm. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';
import { connect, parseUnidiff } from 'jules-wasm';
import * as diff from 'jules-wasm/diff';
import { project } from './tools.mjs';

const created = (path, lines) =>
  [`diff --git a/${path} b/${path}`, 'new file mode 100644', '--- /dev/null', `+++ b/${path}`, `@@ -0,0 +1,${lines.length} @@`, ...lines.map((line) => `+${line}`), ''].join('\n');

const changed = (path) =>
  [`diff --git a/${path} b/${path}`, `--- a/${path}`, `+++ b/${path}`, '@@ -1,2 +1,2 @@', ' stays', '-goes', '+comes', ''].join('\n');

const plain = Array.from({ length: 30 }, (_, n) => `line ${n} "quoted" \\ and\ttabbed`);
const PATCHES = {
  'plain text': created('a.txt', plain) + changed('b.txt'),
  'text beyond ASCII': created('grüße 😀.txt', plain.map((line) => `${line} é 😀 漢字`)) + changed('ß.txt') + created('c', ['x']),
};

/** The outcome of a session that has ended with this patch. */
function outcomeOf(unidiffPatch) {
  const session = { name: 'sessions/1', id: '1', state: 'COMPLETED', outputs: [{ changeSet: { source: 's', gitPatch: { unidiffPatch } } }] };
  return connect({ apiKey: 'key', fetch: async () => Response.json(session) }).session('1').result();
}

for (const [what, patch] of Object.entries(PATCHES)) {
  test(`the files of a change set are those of its patch: ${what}`, async () => {
    const expected = parseUnidiff(patch);
    assert.ok(expected.length >= 2 && expected[0].content);
    const outcome = await outcomeOf(patch);
    const { files, summary } = outcome.changeSet().parsed();
    assert.deepEqual(files, expected);
    const kinds = Object.fromEntries(['created', 'modified', 'deleted', 'renamed', 'copied'].map((kind) => [kind, files.filter(({ changeType }) => changeType === kind).length]));
    assert.deepEqual(summary, { totalFiles: files.length, ...kinds });
    assert.deepEqual(outcome.generatedFiles().all(), expected);
    assert.equal(outcome.changeSet().gitPatch.unidiffPatch, patch);
  });
}

test('later changes of a change set do not affect its parsed files', async () => {
  const changeSet = (await outcomeOf(PATCHES['plain text'])).changeSet();
  const [first] = changeSet.parsed().files;
  changeSet.gitPatch.unidiffPatch = changed('another');
  assert.deepEqual(first, parseUnidiff(PATCHES['plain text'])[0]);
  assert.deepEqual(changeSet.parsed().files.map(({ path }) => path), ['another']);
});

test('a change set without a patch has no files', async () => {
  assert.deepEqual((await outcomeOf(undefined)).changeSet()?.parsed().files ?? [], []);
});

test('jules-wasm/diff is the parser alone', () => {
  assert.deepEqual(Object.keys(diff), ['parseUnidiff']);
  assert.deepEqual(diff.parseUnidiff(changed('b.txt')), parseUnidiff(changed('b.txt')));
  const { parseUnidiff: required } = createRequire(import.meta.url)('jules-wasm/diff');
  assert.deepEqual(required(changed('b.txt')), parseUnidiff(changed('b.txt')));
});

test('importing jules-wasm/diff costs a bundle 4 kB at most, and no wasm', async () => {
  const contents = "import { parseUnidiff } from 'jules-wasm/diff'; console.log(parseUnidiff(''));";
  const stdin = { contents, resolveDir: project };
  const { outputFiles } = await build({ stdin, bundle: true, minify: true, format: 'esm', write: false });
  assert.ok(gzipSync(outputFiles[0].contents).length <= 4096, `${gzipSync(outputFiles[0].contents).length} bytes`);
  assert.doesNotMatch(outputFiles[0].text, /WebAssembly/);
});
