/** What is read of a patch: files, kinds, counts, modes, contents, sections. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseUnidiff } from '../../pkg-template/diff.js';
import { CREATED, DELETED, MODIFIED, only, pathsOf, pick } from './support/patches.mjs';

test('an empty patch changes nothing', () => {
  const none = [undefined, null, '', '\n', ' \r\n\t\n', 'no patch at all\n', '@@ -1 +1 @@\n-x\n+y\n', '\ufeff'];
  for (const patch of none) assert.deepEqual(parseUnidiff(patch), [], JSON.stringify(patch));
});

test('a created file has its whole content', () => {
  assert.deepEqual(only(CREATED), {
    path: 'n.txt', changeType: 'created', additions: 2, deletions: 0, binary: false, newMode: '100644', content: 'one\ntwo\n',
    patch: CREATED,
  });
});

test('a modified and a deleted file have counts and no content', () => {
  const [modified, deleted] = parseUnidiff(MODIFIED + DELETED);
  assert.deepEqual(modified, {
    path: 'm.txt', changeType: 'modified', additions: 1, deletions: 1, binary: false, patch: MODIFIED,
  });
  assert.deepEqual(deleted, {
    path: 'd.txt', changeType: 'deleted', additions: 0, deletions: 1, binary: false, oldMode: '100644', patch: DELETED,
  });
});

test('a header without its index line is read the same', () => {
  for (const patch of [CREATED, MODIFIED]) {
    const bare = patch.replace(/^index .*\n/m, '');
    assert.deepEqual({ ...only(bare), patch }, only(patch));
  }
});

test('each file carries its own section verbatim', () => {
  const mail = `From 1 Mon\nSubject: [PATCH] x\n\n---\n m.txt | 2 +-\n\n${MODIFIED}${CREATED}-- \n2.47.3\n\n`;
  assert.deepEqual(parseUnidiff(mail).map(({ patch }) => patch), [MODIFIED, CREATED]);
});

test('a mail signature is not a removed line', () => {
  assert.deepEqual(only(`${MODIFIED}-- \n2.47.3\n`), only(MODIFIED));
  assert.deepEqual(only(`${MODIFIED}--\r\n2.47.3\n`), only(MODIFIED), 'also where spaces were trimmed');
});

test('a byte order mark before the first header is no part of it', () => {
  for (const patch of [CREATED, MODIFIED, '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n']) {
    assert.deepEqual(parseUnidiff(`\ufeff${patch}`), parseUnidiff(patch));
  }
});

test('an empty created file has empty content', () => {
  for (const index of ['index 0000000..e69de29\n', 'index 00000000..473a0f4c\n', '']) {
    const file = only(`diff --git a/e b/e\nnew file mode 100644\n${index}`);
    assert.deepEqual(pick(file, 'content', 'incomplete'), { content: '' }, index);
  }
});

test('CRLF and a missing final newline are content', () => {
  const head = 'diff --git a/c b/c\nnew file mode 100644\n--- /dev/null\n+++ b/c\n';
  const content = (hunk) => only(head + hunk).content;
  assert.equal(content('@@ -0,0 +1,2 @@\n+x\r\n+y\r\n\\ No newline at end of file\n'), 'x\r\ny\r');
  assert.equal(content('@@ -0,0 +1 @@\n+x\n\\ Kein Zeilenumbruch am Dateiende.\n'), 'x', 'in any language');
  assert.equal(content('@@ -0,0 +1,3 @@\n+\\ x\n++y\n+\n'), '\\ x\n+y\n\n', 'lines that look like signs');
});

test('a patch that lost its own last line end is read as if it were there', () => {
  const head = '--- /dev/null\n+++ b/c\n';
  assert.equal(only(`${head}@@ -0,0 +1,2 @@\n+x\n+y`).content, 'x\ny\n');
  assert.equal(only(`${head}@@ -0,0 +1 @@\n+y\n\\ No newline at end of file`).content, 'y');
});

test('a patch file with CRLF has no CR in names and modes', () => {
  const file = only(CREATED.replaceAll('\n', '\r\n'));
  assert.deepEqual(pick(file, 'path', 'newMode', 'additions'), { path: 'n.txt', newMode: '100644', additions: 2 });
  assert.equal(file.content, 'one\r\ntwo\r\n', 'what git apply writes');
  assert.equal(only(MODIFIED.replaceAll('\n', '\r\n')).path, 'm.txt');
});

test('a rename alone is a change', () => {
  const patch = 'diff --git a/x y b/z b/x\nsimilarity index 100%\nrename from x y\nrename to z b/x\n';
  assert.deepEqual(only(patch), {
    path: 'z b/x', oldPath: 'x y', changeType: 'renamed', additions: 0, deletions: 0, binary: false, similarity: 100, patch,
  });
});

test('a copy with edits has counts and the path it came from', () => {
  const file = only('diff --git a/x b/y\nsimilarity index 80%\ncopy from x\ncopy to y\nindex 1234567..89abcde 100644\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-1\n+2\n');
  assert.deepEqual(pick(file, 'changeType', 'additions', 'oldPath', 'similarity', 'incomplete'),
    { changeType: 'copied', additions: 1, oldPath: 'x', similarity: 80 });
});

test('a change of mode alone is a modification', () => {
  const file = only('diff --git a/run b/run\nold mode 100644\nnew mode 100755\n');
  assert.deepEqual(pick(file, 'path', 'changeType', 'oldMode', 'newMode', 'incomplete'),
    { path: 'run', changeType: 'modified', oldMode: '100644', newMode: '100755' });
});

test('a dissimilarity is reported as the similarity that is left', () => {
  assert.equal(only(MODIFIED.replace('index 1', 'dissimilarity index 90%\nindex 1')).similarity, 10);
});

test('a binary file is a change without counts or content', () => {
  const head = 'diff --git a/i.png b/i.png\nnew file mode 100644\nindex 0000000..1234567\n';
  const bodies = [
    'Binary files /dev/null and b/i.png differ\n',
    'Files /dev/null and b/i.png differ\n',
    'GIT binary patch\nliteral 3\nD12345\n\nliteral 0\n\n',
    'GIT binary patch\nliteral 0\n\n',
    'GIT binary patch\nliteral 6\nF+++-@@0000\n\ndelta 6\nF---+@@0000\n\n',
  ];
  for (const body of bodies) {
    const [binary, next] = parseUnidiff(head + body + MODIFIED);
    assert.deepEqual(binary, {
      path: 'i.png', changeType: 'created', additions: 0, deletions: 0, binary: true, newMode: '100644', patch: head + body,
    });
    assert.equal(next.patch, MODIFIED);
  }
});

test('a renamed binary file is binary, whatever its names are', () => {
  const patch = 'diff --git a/x and y b/z and w\nsimilarity index 50%\nrename from x and y\nrename to z and w\nindex 1234567..89abcde 100644\nBinary files a/x and y and b/z and w differ\n';
  assert.deepEqual(pick(only(patch), 'path', 'oldPath', 'binary', 'incomplete'), { path: 'z and w', oldPath: 'x and y', binary: true });
});

test('a cut binary patch is marked and does not hide the next file', () => {
  const head = 'diff --git a/i b/i\nindex 1234567..89abcde 100644\nGIT binary patch\n';
  for (const cut of ['', 'literal 4\n', 'literal 4\nD12345', 'literal 4\nD12345\n', 'literal 4\nD123\n\n', 'literal x\n\n', 'literal 9\nD12345\n']) {
    assert.ok(only(head + cut).incomplete, cut);
    const files = parseUnidiff(`${head}${cut}\n`.replace(/\n+$/, '\n') + MODIFIED);
    assert.deepEqual(files.map(({ path }) => path), ['i', 'm.txt'], cut);
  }
});

test('a submodule is no file and has no content', () => {
  const file = only(CREATED.replace('100644', '160000'));
  assert.deepEqual(pick(file, 'additions', 'content', 'incomplete'), { additions: 2 });
});

test('a combined diff is one change that is not counted', () => {
  const merge = 'diff --cc x b.c\nindex 1234567,89abcde..0123456\n--- a/x b.c\n+++ b/x b.c\n@@@ -1,2 -1,2 +1,2 @@@\n  1\n- 2\n -3\n++4\n';
  const [first, second] = parseUnidiff(merge + MODIFIED);
  assert.deepEqual(first, {
    path: 'x b.c', changeType: 'modified', additions: 0, deletions: 0, binary: false, patch: merge, incomplete: true,
  });
  assert.equal(second.patch, MODIFIED);
  assert.deepEqual(pathsOf(merge.replace('diff --cc', 'diff --combined') + merge), ['x b.c', 'x b.c']);
});

test('a git patch that names two files without saying rename is a rename', () => {
  const file = only(MODIFIED.replace('+++ b/m.txt', '+++ b/k.txt'));
  assert.deepEqual(pick(file, 'changeType', 'path', 'oldPath'), { changeType: 'renamed', path: 'k.txt', oldPath: 'm.txt' });
});

test('a file without a readable name is left out', () => {
  for (const patch of ['diff --git\n', 'diff --git a/x b/y\n', 'diff --git a/x\nold mode 100644\n', 'diff --git a/ b/\n']) {
    assert.deepEqual(parseUnidiff(patch), [], patch);
  }
});

test('the keys of a file stand in one order, and the file is plain data', () => {
  const [file] = parseUnidiff(CREATED);
  assert.deepEqual(Object.keys(file), ['path', 'changeType', 'additions', 'deletions', 'binary', 'newMode', 'content', 'patch']);
  for (const property of Object.values(Object.getOwnPropertyDescriptors(file))) {
    assert.deepEqual(property, { value: property.value, writable: true, enumerable: true, configurable: true });
  }
  assert.deepEqual(structuredClone(file), file);
});

test('characters beyond ASCII and halves of pairs are kept', () => {
  const lines = Array.from({ length: 3000 }, (_, n) => `${'x'.repeat(n % 7)}é漢😀${n}`);
  const patch = `--- /dev/null\n+++ b/ü 😀.txt\n@@ -0,0 +1,3001 @@\n${lines.map((line) => `+${line}\n`).join('')}+\ud83d half\n`;
  const file = only(patch + MODIFIED.slice(0, 0));
  assert.deepEqual([file.path, file.additions, file.content], ['ü 😀.txt', 3001, `${lines.join('\n')}\n\ud83d half\n`]);
});
