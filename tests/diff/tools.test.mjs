/** What other tools than `git diff` print; `fixtures/record.sh` says how it was recorded. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { parseUnidiff } from '../../pkg-template/diff.js';
import { only, pick } from './support/patches.mjs';

const recorded = (name) => readFileSync(new URL(`fixtures/${name}.diff`, import.meta.url), 'utf8');

/** One line a file: kind, path, the path before, counts or `binary`, modes. */
const shown = (patch) =>
  parseUnidiff(patch).map(({ changeType, path, oldPath, additions, deletions, binary, oldMode, newMode, incomplete }) =>
    [changeType, path, oldPath && `from ${oldPath}`, binary ? 'binary' : `+${additions} -${deletions}`,
      oldMode && `was ${oldMode}`, newMode && `is ${newMode}`, incomplete && 'incomplete'].filter(Boolean).join(' '));

const contentsOf = (patch) => Object.fromEntries(parseUnidiff(patch).filter((file) => 'content' in file).map(({ path, content }) => [path, content]));

const CREATED = { 'n.txt': 'new\n', 'with space.txt': 'no\nend' };

test('svn diff', () => {
  assert.deepEqual(shown(recorded('svn')), [
    'deleted d.txt +0 -1', 'modified i.bin binary', 'modified j.bin binary', 'modified m.txt +1 -1', 'created n.txt +1 -0',
    'deleted r.txt +0 -1', 'created with space.txt +2 -0',
  ]);
  assert.deepEqual(contentsOf(recorded('svn')), CREATED);
});

test('svn diff of two URLs', () => {
  assert.deepEqual(shown(recorded('svn-urls')), [
    'deleted r.txt +0 -1', 'deleted d.txt +0 -1', 'modified i.bin binary', 'modified j.bin binary', 'modified m.txt +1 -1',
    'created n.txt +1 -0', 'created r2.txt +1 -0', 'created with space.txt +2 -0',
  ]);
  assert.deepEqual(contentsOf(recorded('svn-urls')), { ...CREATED, 'r2.txt': 'moved\n' });
});

test('svn diff --git', () => {
  assert.deepEqual(shown(recorded('svn-git')), [
    'deleted d.txt +0 -1 was 100644', 'created e.txt +0 -0 is 100644', 'modified i.bin binary', 'created j.bin binary is 100644',
    'modified m.txt +1 -1 was 100644 is 100755', 'created n.txt +1 -0 is 100644', 'deleted r.txt +0 -1 was 100644',
    'renamed r2.txt from r.txt +0 -0', 'created with space.txt +2 -0 is 100644',
  ]);
  assert.deepEqual(contentsOf(recorded('svn-git')), { ...CREATED, 'e.txt': '' });
});

test('older releases of svn write revision 0 for a file that is not there', () => {
  const file = only('Index: x\n=====\n--- x\t(revision 0)\n+++ x\t(revision 0)\n@@ -0,0 +1 @@\n+1\n');
  assert.deepEqual(pick(file, 'changeType', 'content'), { changeType: 'created', content: '1\n' });
});

test('hg diff and hg export', () => {
  for (const patch of [recorded('hg'), recorded('hg-export')]) {
    assert.deepEqual(shown(patch), [
      'deleted d.txt +0 -1', 'modified i.bin binary', 'modified j.bin binary', 'modified m.txt +1 -1', 'created n.txt +1 -0',
      'deleted r.txt +0 -1', 'created r2.txt +1 -0', 'created with space.txt +2 -0',
    ]);
    assert.deepEqual(contentsOf(patch), { ...CREATED, 'r2.txt': 'moved\n' });
  }
});

test('hg diff --git', () => {
  assert.deepEqual(shown(recorded('hg-git')), [
    'deleted d.txt +0 -1 was 100644', 'created e.txt +0 -0 is 100644', 'modified i.bin binary', 'created j.bin binary is 100644',
    'modified m.txt +1 -1 was 100644 is 100755', 'created n.txt +1 -0 is 100644', 'renamed r2.txt from r.txt +0 -0',
    'created with space.txt +2 -0 is 100644',
  ]);
});

test('diff -ruN of GNU: a binary file has a line and no header', () => {
  assert.deepEqual(shown(recorded('diff-ruN')), [
    'deleted d.txt +0 -1', 'modified i.bin binary', 'modified j.bin binary', 'modified m.txt +1 -1', 'created n.txt +1 -0',
    'deleted r.txt +0 -1', 'created r2.txt +1 -0', 'modified tab\there +1 -1', 'created with space.txt +2 -0', 'modified été +1 -1',
  ]);
  assert.deepEqual(contentsOf(recorded('diff-ruN')), { ...CREATED, 'r2.txt': 'moved\n' });
});

test('diff -ru and diff -u of GNU', () => {
  assert.deepEqual(shown(recorded('diff-ru')), ['modified i.bin binary', 'modified m.txt +1 -1', 'modified tab\there +1 -1', 'modified été +1 -1']);
  assert.deepEqual(shown(recorded('diff-u')), ['modified m.txt +1 -1']);
  assert.deepEqual(shown(recorded('diff-u-binary')), ['modified i.bin binary']);
});

test('diff -ruN of busybox: names are not quoted and have no time', () => {
  assert.deepEqual(shown(recorded('busybox')), [
    'deleted old/d.txt +0 -1', 'modified i.bin binary', 'created new/j.bin +1 -0', 'modified m.txt +1 -1', 'created new/n.txt +1 -0',
    'deleted old/r.txt +0 -1', 'created new/r2.txt +1 -0', 'modified tab\there +1 -1', 'created new/with space.txt +2 -0',
    'modified été +1 -1',
  ]);
});

test('git diff --no-index compares files of two names', () => {
  assert.deepEqual(shown(recorded('git-no-index')), [
    'deleted old/d.txt +0 -1 was 100644', 'created new/e.txt +0 -0 is 100644', 'renamed new/i.bin from old/i.bin binary',
    'created new/j.bin binary is 100644', 'renamed new/m.txt from old/m.txt +1 -1 was 100644 is 100755', 'created new/n.txt +1 -0 is 100644',
    'renamed new/r2.txt from old/r.txt +0 -0', 'renamed new/tab\there from old/tab\there +1 -1', 'created new/with space.txt +2 -0 is 100644',
    'renamed new/été from old/été +1 -1',
  ]);
});

test('a submodule is a change without lines where diff.submodule is log', () => {
  const changes = {
    created: ['created .gitmodules +3 -0 is 100644', 'created the library +0 -0 is 160000'],
    log: ['modified m.txt +1 -1', 'modified the library +0 -0'],
    rewound: ['modified the library +0 -0'],
    dirty: ['modified m.txt +1 -1', 'modified the library +0 -0'],
    diff: ['modified m.txt +1 -1', 'modified the library +0 -0', 'modified the library/f +1 -1'],
    deleted: ['deleted .gitmodules +0 -3 was 100644', 'modified m.txt +1 -1', 'deleted the library +0 -0 was 160000'],
  };
  for (const [name, expected] of Object.entries(changes)) {
    const patch = recorded(`git-submodule-${name}`);
    assert.deepEqual(shown(patch), expected, name);
    assert.equal(parseUnidiff(patch).map((file) => file.patch).join(''), patch, 'every byte is in some file’s section');
  }
});

test('a line that says that files are binary is read wherever their names can be', () => {
  const lines = {
    'Binary files a/x and y and b/x and y differ': ['modified x and y binary'],
    'Binary files /dev/null and b/x differ': ['created x binary'],
    'Binary files a/x differ and /dev/null differ': ['deleted x differ binary'],
    'Binary files old.bin and new.bin differ': ['modified new.bin binary'],
    'Binary files x.bin.orig and x.bin differ': ['modified x.bin binary'],
    'Binary files old/"q"/x and y and new/"q"/x and y differ': ['modified "q"/x and y binary'],
    'Binary file "x" has changed': ['modified "x" binary'],
    'Binary files a and b and c differ': [],
    'Binary files differ': [],
    'Binary file x y matches': [],
    'Files and folders': [],
  };
  for (const [line, expected] of Object.entries(lines)) {
    for (const end of ['', '\n', '\r\n']) assert.deepEqual(shown(`prose\n${line}${end}`), expected, line);
  }
});

test('prose that begins like a notice is prose', () => {
  const prose = ['Index: a\n', 'Index: a\n=====\nprose\n', 'Submodule a\n', 'Submodule a was updated:\n', 'Submodule a 12..34\n', 'Binary files\n'];
  for (const text of prose) assert.deepEqual(parseUnidiff(text), [], text);
});
