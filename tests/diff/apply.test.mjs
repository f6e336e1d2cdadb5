/** Applying a file's part of a patch to the content before the change. That it agrees with git is tested in git.test.mjs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseUnidiff as parse } from '../../pkg-template/diff.js';
import { parseUnidiff } from '../../pkg-template/lib/apply.js';
import { InvalidArgumentError, JulesError, PatchError } from '../../pkg-template/lib/errors.js';

const only = (patch) => {
  const files = parseUnidiff(patch);
  assert.equal(files.length, 1);
  return files[0];
};

const CHANGE = '--- a/x\n+++ b/x\n@@ -2,2 +2,3 @@\n two\n-three\n+drei\n+dreieinhalb\n';

test('a changed file has its new content, and the lines around the hunks are kept', () => {
  assert.equal(only(CHANGE).apply('one\ntwo\nthree\nfour\n'), 'one\ntwo\ndrei\ndreieinhalb\nfour\n');
  assert.equal(only(CHANGE).apply('one\ntwo\nthree\nfour'), 'one\ntwo\ndrei\ndreieinhalb\nfour');
});

test('a created file needs no base, and a deleted one has no content', () => {
  const created = only('diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+new\n');
  for (const base of [undefined, null, '']) assert.equal(created.apply(base), 'new\n');
  const deleted = only('diff --git a/n b/n\ndeleted file mode 100644\n--- a/n\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n');
  assert.equal(deleted.apply('old\n'), undefined);
});

test('a rename without changes and a change of the mode keep the content', () => {
  const renamed = only('diff --git a/old b/new\nsimilarity index 100%\nrename from old\nrename to new\n');
  const executable = only('diff --git a/run b/run\nold mode 100644\nnew mode 100755\n');
  for (const file of [renamed, executable]) assert.equal(file.apply('same'), 'same');
});

test('line ends and the missing line end at the end of a file are exact', () => {
  const file = only('--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n one\r\n-two\r\n\\ No newline at end of file\n+zwei\r\n');
  assert.equal(file.apply('one\r\ntwo\r'), 'one\r\nzwei\r\n');
  for (const base of ['one\r\ntwo\r\n', 'one\ntwo\r', 'one\r\ntwo']) assert.throws(() => file.apply(base), PatchError, JSON.stringify(base));
});

test('a patch whose empty context lines or last line end were lost can still be applied', () => {
  assert.equal(only('--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n one\n\n-two\n+zwei').apply('one\n\ntwo\n'), 'one\n\nzwei\n');
});

test('a base that does not fit is an error with the path and the first line that differs', () => {
  const cases = [
    ['', 1], ['one\n', 2], ['one\nzwei\nthree\n', 2], ['one\ntwo\n', 3], ['one\ntwo\nthree', 3], ['zero\none\ntwo\nthree\n', 2],
  ];
  for (const [base, line] of cases) {
    const expected = { name: 'PatchError', code: 'patch_failed', path: 'x', reason: 'mismatch', line };
    assert.throws(() => only(CHANGE).apply(base), expected, base);
  }
  const created = only('--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+new\n');
  assert.throws(() => created.apply('there already\n'), { reason: 'mismatch', line: 1 });
  const deleted = only('--- a/n\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n');
  assert.throws(() => deleted.apply('old\nand more\n'), { reason: 'mismatch', line: 2 });
});

test('hunks out of order are an error', () => {
  const file = only('--- a/x\n+++ b/x\n@@ -3 +3 @@\n-c\n+C\n@@ -1 +1 @@\n-a\n+A\n');
  assert.throws(() => file.apply('a\nb\nc\n'), { name: 'PatchError', reason: 'mismatch', line: 4 });
});

test('a part of a patch that is cut, binary or about a submodule is refused with its reason', () => {
  const reasons = {
    incomplete: '--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n one\n-two\n',
    binary: 'diff --git a/i.png b/i.png\nindex 1234567..89abcde 100644\nBinary files a/i.png and b/i.png differ\n',
    submodule: 'diff --git a/s b/s\nindex 1234567..89abcde 160000\n--- a/s\n+++ b/s\n@@ -1 +1 @@\n-Subproject commit 1234567\n+Subproject commit 89abcde\n',
  };
  for (const [reason, patch] of Object.entries(reasons)) {
    assert.throws(() => only(patch).apply('one\ntwo\n'), (error) => error instanceof PatchError && error instanceof JulesError && error.reason === reason);
  }
});

test('a base that is no string is an invalid argument', () => {
  for (const base of [undefined, null, 7, Buffer.from('one\n'), ['one']]) {
    assert.throws(() => only(CHANGE).apply(base), (error) => error instanceof InvalidArgumentError && error.field === 'base');
  }
});

test('apply is not enumerable, so that files are plain data to copies, comparisons and JSON', () => {
  const file = only(CHANGE);
  const [bare] = parse(CHANGE);
  assert.deepEqual([file, structuredClone(file), { ...file }], [bare, bare, bare]);
  assert.equal(JSON.stringify(file), JSON.stringify(bare));
});
