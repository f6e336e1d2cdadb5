/** Patches of answers: read from the bytes that are kept of them, made strings only where somebody looks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { connect, parseUnidiff, preload } from 'jules-wasm';
import { installed } from './tools.mjs';

before(preload);

const created = (path, lines) =>
  [`diff --git a/${path} b/${path}`, 'new file mode 100644', '--- /dev/null', `+++ b/${path}`, `@@ -0,0 +1,${lines.length} @@`, ...lines.map((line) => `+${line}`), ''].join('\n');

const changed = (path) =>
  [`diff --git a/${path} b/${path}`, `--- a/${path}`, `+++ b/${path}`, '@@ -1,2 +1,2 @@', ' stays', '-goes', '+comes', ''].join('\n');

const plain = Array.from({ length: 30 }, (_, n) => `line ${n} "quoted" \\ and\ttabbed`);
const PATCHES = {
  'plain text': created('a.txt', plain) + changed('b.txt'),
  'text beyond ASCII': created('grüße 😀.txt', plain.map((line) => `${line} é 😀 漢字`)) + changed('ß.txt') + created('c', ['x']),
  'half a pair of surrogates': created('half.txt', [...plain, 'a \ud83d b']) + changed('d.txt'),
};

/** The change set of a session that has ended with this patch, fresh. */
async function changeSetOf(unidiffPatch) {
  const session = { name: 'sessions/1', id: '1', state: 'COMPLETED', outputs: [{ changeSet: { source: 's', gitPatch: { unidiffPatch } } }] };
  const jules = connect({ apiKey: 'key', fetch: async () => new Response(JSON.stringify(session)) });
  return (await jules.session('1').result()).changeSet();
}

for (const [what, patch] of Object.entries(PATCHES)) {
  test(`the files of a kept patch are those of its text: ${what}`, async () => {
    const text = patch.toWellFormed?.() ?? patch.replace('\ud83d ', '\ufffd ');
    const expected = parseUnidiff(text);
    assert.ok(expected.length >= 2 && expected[0].content);
    const kept = await changeSetOf(patch);
    const files = kept.parsed().files;
    const getterOf = (object, name) => Object.getOwnPropertyDescriptor(object, name).get;
    assert.ok(getterOf(kept.gitPatch, 'unidiffPatch'), 'the patch was not made a string to be read');
    assert.deepEqual(files.map(({ path, changeType, additions, deletions }) => [path, changeType, additions, deletions]),
      expected.map(({ path, changeType, additions, deletions }) => [path, changeType, additions, deletions]));
    assert.equal(files[0].content, expected[0].content);
    assert.equal(JSON.stringify(files), JSON.stringify(expected));
    assert.deepEqual(structuredClone(files), expected);
    assert.equal(kept.gitPatch.unidiffPatch, text);
    assert.equal(getterOf(kept.gitPatch, 'unidiffPatch'), undefined, 'a plain property from then on');
    assert.equal(JSON.stringify(kept.parsed().files), JSON.stringify(expected), 'and the same read from the string');
  });
}

test('the keys of a file are the same however its patch was read', async () => {
  const [kept] = (await changeSetOf(PATCHES['plain text'])).parsed().files;
  const [made] = parseUnidiff(PATCHES['plain text']);
  assert.deepEqual(Object.keys(kept), Object.keys(made));
  assert.deepEqual({ ...kept }, { ...made });
});

test('what becomes of the change set later does not change the files that were read of it', async () => {
  const patch = PATCHES['plain text'];
  const [expected] = parseUnidiff(patch);
  const assigned = await changeSetOf(patch);
  const [first] = assigned.parsed().files;
  assigned.gitPatch.unidiffPatch = 'another';
  assert.equal(first.patch, expected.patch);
  const deleted = await changeSetOf(patch);
  const [second] = deleted.parsed().files;
  delete deleted.gitPatch.unidiffPatch;
  assert.deepEqual([second.content, second.patch], [expected.content, expected.patch]);
});

test('a file whose parts are not made yet is plain data also to who wraps it, derives from it or copies how it is made', async () => {
  const [expected] = parseUnidiff(PATCHES['plain text']);
  const ways = {
    proxy: (file) => new Proxy(file, {}),
    derived: (file) => Object.create(file),
    descriptors: (file) => Object.create(Object.prototype, Object.getOwnPropertyDescriptors(file)),
    frozen: (file) => Object.freeze(file),
  };
  for (const [name, way] of Object.entries(ways)) {
    const [file] = (await changeSetOf(PATCHES['plain text'])).parsed().files;
    const other = way(file);
    assert.deepEqual([other.content, other.patch], [expected.content, expected.patch], name);
  }
  const [file] = (await changeSetOf(PATCHES['plain text'])).parsed().files;
  file.content = 'set';
  assert.deepEqual(Object.getOwnPropertyDescriptor(file, 'content'), { value: 'set', writable: true, enumerable: true, configurable: true });
  assert.equal(file.patch, expected.patch);
});

test('a long text with characters of every length has its parts where they are', () => {
  const lines = Array.from({ length: 3000 }, (_, n) => `${'x'.repeat(n % 7)}é漢😀${n}`);
  const text = created('ü.txt', lines) + changed('b.txt') + created('last', ['\ud83d half']);
  const [first, second, third] = parseUnidiff(text);
  assert.deepEqual([first.path, first.additions, first.content], ['ü.txt', 3000, `${lines.join('\n')}\n`]);
  assert.equal(second.patch, changed('b.txt'));
  assert.equal(third.content, '\ud83d half\n');
});

test('the files of an outcome are read by the entry that gave it, beside one that has no wasm yet', async () => {
  // Where wasm comes as a file, the entries share what they have in common.
  const load = (file) => import(pathToFileURL(join(installed, file)));
  const [{ connectOn, runtimeOf }, { createGlue }] = [await load('jules.js'), await load('jules-glue.js')];
  const module = new WebAssembly.Module(readFileSync(join(installed, 'jules.wasm')));
  const session = { name: 'sessions/1', id: '1', state: 'COMPLETED', outputs: [{ changeSet: { gitPatch: { unidiffPatch: changed('b.txt') } } }] };
  const connectHere = connectOn(runtimeOf(async () => ({ module, createGlue })));
  runtimeOf(() => assert.fail('nobody has used this one'));
  const outcome = await connectHere({ apiKey: 'key', fetch: async () => Response.json(session) }).session('1').result();
  assert.deepEqual(outcome.generatedFiles().map(({ path }) => path), ['b.txt']);
});
