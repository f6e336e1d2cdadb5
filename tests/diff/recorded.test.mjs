/** The patches of recorded sessions. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { parseUnidiff } from '../../pkg-template/diff.js';

function patchOf(name) {
  const session = JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
  return session.outputs.find(({ changeSet }) => changeSet).changeSet.gitPatch.unidiffPatch;
}

const countsOf = (files) => files.map(({ path, changeType, additions, deletions }) => [path, changeType, additions, deletions]);

test('a session with a change set has a modified, a created and a deleted file', () => {
  const patch = patchOf('session-completed-with-pr-and-changeset');
  const files = parseUnidiff(patch);
  const expected = [['src/App.js', 'modified', 3, 2], ['src/boba.json', 'created', 3, 0], ['src/logo.svg', 'deleted', 0, 1]];
  assert.deepEqual(countsOf(files), expected);
  assert.equal(files[1].content, '[\n  "taro"\n]', 'without a final newline');
  assert.equal(files.map((file) => file.patch).join(''), patch);
  assert.ok(files.every(({ incomplete }) => !incomplete));
});

test('a repoless session has the whole of the file it created', () => {
  const files = parseUnidiff(patchOf('session-repoless-completed-changeset'));
  assert.deepEqual(countsOf(files), [['hello.ts', 'created', 3, 0]]);
  assert.equal(files[0].content, "export function hello() {\n  return 'world';\n}\n");
});
