/** Hunks hold as many lines as their headers promise; what is cut or broken is marked and hides nothing that follows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseUnidiff } from '../../pkg-template/diff.js';
import { CREATED, DELETED, MODIFIED, only, pathsOf, pick } from './support/patches.mjs';

const HEAD = '--- a/x\n+++ b/x\n';
const counts = (hunks) => pick(only(HEAD + hunks), 'additions', 'deletions', 'incomplete');

test('a length that is left out is one line', () => {
  assert.deepEqual(counts('@@ -1 +1 @@\n-a\n+b\n'), { additions: 1, deletions: 1 });
  assert.deepEqual(counts('@@ -0,0 +1,2 @@ fn a() -> @@ {\r\n+a\n+b\n'), { additions: 2, deletions: 0 });
});

test('a hunk header that promises nothing marks the file', () => {
  const headers = [
    '@@ -1', '@@ -1,2 +1,', '@@ -1,2 +1,3', '@@ -1,2 +1,3@@', '@@ -x +1 @@', '@@ -1,-2 +1 @@', '@@ - +1 @@', '@@ -,1 +1 @@', '@@ -1, +1 @@', '@@ -1 + @@',
    '@@ -1 1 @@', '@@ -1,1,1 +1 @@', '@@ -1,99999999999999999999 +1 @@',
  ];
  for (const header of headers) assert.equal(counts(`${header}\n-a\n+b\n`).incomplete, true, header);
});

test('lines that look like headers are content while the hunk lasts', () => {
  const hunk = '@@ -1,3 +1,5 @@\n--- a/x\n+++ b/x\n+@@ -1 +1 @@\n+diff --git a/x b/x\n diff --git a/y b/y\n--- c\n+\\ x\nrest\n';
  assert.deepEqual(counts(hunk), { additions: 4, deletions: 2 });
  const lines = ['--- a/x', '+++ b/x', '@@ -1 +1 @@', 'diff --git a/x b/x', '\\ No newline at end of file', 'Index: x', 'Binary files a and b differ', ''];
  const created = `--- /dev/null\n+++ b/x\n@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join('')}`;
  assert.equal(only(created).content, lines.map((line) => `${line}\n`).join(''));
});

test('a removed and an added line may end a hunk and look like a file before the next hunk', () => {
  assert.deepEqual(counts('@@ -1 +1 @@\n--- a\n+++ b\n@@ -9 +9 @@\n-x\n+y\n'), { additions: 2, deletions: 2 });
});

test('a cut hunk does not swallow the file that follows', () => {
  const [cut, next] = parseUnidiff(`${HEAD}@@ -1,9 +1,9 @@\n-x\n+y\n--- a/z\n+++ b/z\n@@ -1 +1 @@\n-1\n+2\n`);
  assert.deepEqual(pick(cut, 'path', 'additions', 'deletions', 'incomplete'), { path: 'x', additions: 1, deletions: 1, incomplete: true });
  assert.deepEqual(pick(next, 'path', 'additions', 'incomplete'), { path: 'z', additions: 1 });
});

test('a missing final newline of the old file is not one of the new file', () => {
  assert.deepEqual(counts('@@ -1 +1 @@\n-x\n\\ Kein Zeilenumbruch\n+y\n\\ Kein Zeilenumbruch\n'), { additions: 1, deletions: 1 });
});

test('an empty context line may have lost its space', () => {
  assert.deepEqual(counts('@@ -1,2 +1,3 @@\n\n\r\n+x\n'), { additions: 1, deletions: 0 });
});

test('a hunk stops at a line that cannot be its own', () => {
  const cut = [
    '@@ -1,2 +1,2 @@\n x\n',
    '@@ -1,2 +1,2 @@\n x\ndiff --cc y\n',
    '@@ -1 +1 @@\n-x\n-y\n',
    '@@ -1 +1 @@\n+x\n y\n',
    '@@ -1 +1 @@\n-x\nno sign\n',
  ];
  for (const hunk of cut) assert.equal(parseUnidiff(HEAD + hunk)[0].incomplete, true, hunk);
});

test('more lines than promised are noticed', () => {
  for (const line of ['+x\n', '-x\n', '--x\n']) assert.equal(counts(`@@ -1 +1 @@\n-a\n+b\n${line}`).incomplete, true, line);
  for (const line of [' x\n', 'x\n', '-- \n', '--\r\n', '--- a/x\n', '']) assert.equal(counts(`@@ -1 +1 @@\n-a\n+b\n${line}`).incomplete, undefined, line);
  assert.ok(only(`${CREATED}+three\n`).incomplete);
  assert.ok(only(MODIFIED.replace('-1,2 +1,2 @@ fn x()', '-1,2 +1')).incomplete, 'a broken hunk header');
});

test('a patch cut after any line of a file with hunks is marked', () => {
  for (const whole of [CREATED, MODIFIED, DELETED]) {
    const lines = whole.split(/(?<=\n)/);
    for (let kept = 4; kept < lines.length; kept++) {
      const file = only(lines.slice(0, kept).join(''));
      assert.deepEqual(pick(file, 'incomplete', 'content'), { incomplete: true }, JSON.stringify(file));
    }
    assert.ok(!only(whole).incomplete);
  }
});

test('a line that breaks a hunk does not hide the hunks and files after it', () => {
  const patch = MODIFIED.replace(' same\n', 'same, without its space\n');
  const file = only(`${patch}@@ -9 +9,2 @@\n 9\n+10\n`);
  assert.deepEqual(pick(file, 'additions', 'incomplete'), { additions: 1, incomplete: true });
  assert.ok(file.patch.endsWith('+10\n'));
  assert.deepEqual(pathsOf(patch + CREATED), ['m.txt', 'n.txt']);
});

test('a created file with old lines is marked', () => {
  const file = only(CREATED.replace('@@ -0,0 +1,2 @@\n+one', '@@ -1 +1,2 @@\n one'));
  assert.deepEqual(pick(file, 'incomplete', 'content'), { incomplete: true });
  assert.ok(only(`${CREATED}@@ -0,0 +9 @@\n+more\n`).incomplete, 'and one with two hunks');
});
