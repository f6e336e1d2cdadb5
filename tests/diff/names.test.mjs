/** How names are quoted, what stands behind them, and which part of them is a prefix. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseUnidiff } from '../../pkg-template/diff.js';
import { MODIFIED, only, pathsOf, pick } from './support/patches.mjs';

const HUNK = '@@ -1 +1 @@\n-1\n+2\n';
/** The path of a file that only the `diff --git` line names. */
const pathOfPair = (pair) => parseUnidiff(`diff --git ${pair}\nold mode 100644\nnew mode 100755\n`)[0]?.path;
/** The path of a plain patch. */
const pathOf = (old, new_) => only(`--- ${old}\n+++ ${new_}\n${HUNK}`).path;

test('quoted names are unquoted everywhere', () => {
  const file = only('diff --git "a/\\tx" "b/\\303\\251"\nsimilarity index 100%\nrename from "\\tx"\nrename to "\\303\\251"\n');
  assert.deepEqual(pick(file, 'oldPath', 'path'), { path: 'é', oldPath: '\tx' });
  const quoted = MODIFIED.replaceAll('a/m.txt', '"a/\\"m\\\\.txt"').replaceAll('b/m.txt', '"b/\\"m\\\\.txt"');
  assert.equal(only(quoted).path, '"m\\.txt');
});

test('a quoted name is read as the bytes it stands for', () => {
  const path = (name) => pathOf('/dev/null', name);
  assert.equal(path('"b/\\303\\251t\\303\\251 \\"1\\"\\\\\\t\\n\\a\\b\\v\\f\\r.txt"'), 'été "1"\\\t\n\x07\b\v\f\r.txt');
  assert.equal(path('"b/\\346\\227\\245本.txt"\t2024-01-01'), '日本.txt', 'escaped and plain characters mix');
  assert.equal(path('"b/\\377"'), '\ufffd', 'no UTF-8');
});

test('a name that git writes alone in a line may end like a time', () => {
  const file = only('diff --git a/x at 2024-01-01 10:00:00 b/y at 2024-01-01 10:00:00\nsimilarity index 100%\nrename from x at 2024-01-01 10:00:00\nrename to y at 2024-01-01 10:00:00\n');
  assert.deepEqual(pick(file, 'oldPath', 'path'), { path: 'y at 2024-01-01 10:00:00', oldPath: 'x at 2024-01-01 10:00:00' });
});

test('a name with broken quotes is kept as it stands', () => {
  for (const name of ['"b/x', '"b/\\q"', '"b/\\39"', '"b/\\777"', '"', '"\\']) assert.equal(pathOf('/dev/null', name), name);
});

test('a name with spaces ends at the tab that git puts after it', () => {
  const patch = MODIFIED.replace('a/m.txt\n+', 'a/m b/m.txt\t\n+').replace('b/m.txt\n@', 'b/m b/m.txt\t\n@');
  assert.equal(only(patch.replace('a/m.txt b/m.txt', 'a/m b/m.txt b/m b/m.txt')).path, 'm b/m.txt');
});

test('what tools write behind a name is no part of it', () => {
  const behind = [
    '\t', '\t2024-01-01 10:00:00.000000000 +0100', '\t2024-01-01 10:00:00', '\t2024-01-01', '\tFri Nov 27 08:48:38 2026 +0000', '\t(working copy)',
    '\t(revision 3)', '\t(.../branches/a b)\t(revision 3)', '\t25 Aug 2001 12:34:56 -0000\t1.4', '   2024-01-01 10:00:00 +0100',
  ];
  for (const text of behind) {
    assert.equal(pathOf(`a/x y.c${text}`, `b/x y.c${text}`), 'x y.c', text);
    assert.equal(pathOf(`a/x y.c${text}\r`, `b/x y.c${text}\r`), 'x y.c', `${text} and CR`);
  }
});

test('a tab may be part of a name', () => {
  assert.equal(pathOf('a/tab\there', 'b/tab\there'), 'tab\there', 'busybox writes no time');
  const time = '\t2024-01-01 10:00:00.000000000 +0100';
  assert.equal(pathOf(`a/tab\there${time}`, `b/tab\there${time}`), 'tab\there');
  assert.equal(pathOf('a/x\t2024-01-01 10:00:00', 'b/x\tlast tuesday'), 'x', 'a label that only one name has');
});

test('a git line is split where both halves are the same path', () => {
  const pairs = {
    'a/x b/x': 'x',
    'a/x b/x b/x b/x': 'x b/x',
    'a/ b b/ b': ' b',
    '"a/\\tx" "b/\\tx"': '\tx',
    'a/ä b/ä': 'ä',
    'i/src/x w/src/x': 'src/x',
    'c/a/x i/a/x': 'a/x',
    'o/x w/x': 'x',
    '1/x 2/x': 'x',
    'b/x a/x': 'x',
    'b/x b/x': 'b/x',
    'old/my x changed/my x': 'my x',
    'x new/x': 'x',
  };
  for (const [pair, path] of Object.entries(pairs)) assert.equal(pathOfPair(pair), path, pair);
});

test('a git line with two paths names none', () => {
  for (const pair of ['a/x b/y', 'a/src/x b/lib/x', 'a/x', '']) assert.equal(pathOfPair(pair), undefined, pair);
});

test('without prefixes a folder called b is kept', () => {
  const created = (pair, name) => only(`diff --git ${pair}\nnew file mode 100644\n--- /dev/null\n+++ ${name}\n@@ -0,0 +1 @@\n+x\n`).path;
  assert.equal(created('b/x b/x', 'b/x'), 'b/x');
  assert.equal(created('a/b/x b/b/x', 'b/b/x'), 'b/x');
});

test('a plain patch against a copy put aside is about the file', () => {
  assert.equal(pathOf('x.c.orig', 'x.c'), 'x.c');
  assert.equal(pathOf('x.c', 'x.c.new'), 'x.c');
  assert.equal(pathOf('src/x.c', 'src/x.c'), 'src/x.c');
});

test('plain patches of several files are kept apart', () => {
  const patch = 'diff -ruN old/a.c new/a.c\n--- old/a.c\t2024-01-01 10:00:00.000000000 +0100\n+++ new/a.c\t2024-01-02 10:00:00.000000000 +0100\n@@ -1 +1 @@\n--- x\n+++ y\n@@ -9 +9 @@\n-1\n+2\n--- old/b.c\n+++ new/b.c\n@@ -1 +1,2 @@\n 1\n+2\n';
  assert.deepEqual(parseUnidiff(patch).map((file) => pick(file, 'path', 'changeType', 'additions', 'deletions', 'incomplete')), [
    { path: 'a.c', changeType: 'modified', additions: 2, deletions: 2 },
    { path: 'b.c', changeType: 'modified', additions: 1, deletions: 0 },
  ]);
});

test('a plain patch says by /dev/null or by the epoch that a file is created or deleted', () => {
  const shown = (old, new_, hunk) => pick(only(`--- ${old}\n+++ ${new_}\n${hunk}`), 'path', 'changeType', 'content');
  const [created, deleted] = ['@@ -0,0 +1 @@\n+x\n', '@@ -1 +0,0 @@\n-x\n'];
  const epoch = 'old/n\t1970-01-01 01:00:00.000000000 +0100';
  assert.deepEqual(shown('/dev/null', 'b/n', created), { path: 'n', changeType: 'created', content: 'x\n' });
  assert.deepEqual(shown('a/n', '/dev/null', deleted), { path: 'n', changeType: 'deleted' });
  assert.deepEqual(shown(epoch, 'new/n\t2024-01-01 10:00:00.000000000 +0100', created), { path: 'n', changeType: 'created', content: 'x\n' });
  assert.deepEqual(shown('old/n\t2024-01-01 10:00:00 +0000', 'new/n\t1969-12-31 19:00:00 -0500', deleted), { path: 'n', changeType: 'deleted' });
  assert.deepEqual(shown('old/n\t1970-01-01 01:00:00 +0000', 'new/n\t2024-01-01 10:00:00 +0000', created), { path: 'n', changeType: 'modified' });
});

test('lines made of separators cost no time', { timeout: 10_000 }, () => {
  const many = (text) => text.repeat(200_000);
  const patches = [
    `diff --git a/${many(' x')} b/\n`,
    `Binary files ${many('a and ')}b differ\n`,
    `--- a${many('\t1:00')}\n+++ b${many(' 2024-01-01 10:00:00')} \n${HUNK}`,
    `--- a${many(' ')}\n+++ b${many('\t')}\n${HUNK}`,
    `--- "${many('\\303')}\n+++ "b${many('\\')}\n${HUNK}`,
    many('Submodule a 1234567..1234567 (\n'),
    many('--- a\n'),
    many('\n'),
  ];
  for (const patch of patches) parseUnidiff(patch);
  assert.deepEqual(pathsOf(patches[0]), []);
});
