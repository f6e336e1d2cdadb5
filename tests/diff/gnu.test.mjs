/** Patches of random folders by `diff -ruN`, read by us and by git itself. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

import fc from 'fast-check';

import { parseUnidiff } from '../../pkg-template/diff.js';
import { change, isReachable, textOf } from './support/trees.mjs';

const folder = mkdtempSync(join(tmpdir(), 'jules-wasm-gnu-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The files of a tree whose names need one line, and which are no folders in the other tree. */
const filesOf = (tree, other) =>
  new Map([...tree].filter(([path, { kind }]) => kind === 'file' && !/[\n\r]/.test(path) && isReachable(other, path)));

function write(name, tree) {
  rmSync(join(folder, name), { recursive: true, force: true });
  mkdirSync(join(folder, name));
  for (const [path, { content }] of tree) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), content);
  }
}

function diff(args) {
  const { status, stdout, stderr } = spawnSync('diff', [...args, 'old', 'new'], { cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } });
  assert.ok(status < 2, String(stderr));
  return stdout.toString();
}

/** The counts by which git reads the files that have hunks. */
function countsByGit(patch) {
  const env = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', GIT_CEILING_DIRECTORIES: folder, LC_ALL: 'C', HOME: folder };
  const stdout = execFileSync('git', ['apply', '-p1', '--numstat', '-z'], { cwd: folder, env, input: patch }).toString();
  return stdout.split('\0').slice(0, -1).map((line) => line.split('\t')).map(([added, removed, ...path]) => [path.join('\t'), Number(added), Number(removed)]);
}

const isBinary = (entry) => entry !== undefined && textOf(entry) === undefined;

test('diff -ruN and git agree with what is read, and created files have their content', () => {
  const property = fc.property(change, fc.constantFrom([], ['-U0'], ['-p', '-U9']), (trees, args) => {
    const [before, now] = [filesOf(trees.before, trees.after), filesOf(trees.after, trees.before)];
    write('old', before);
    write('new', now);
    const patch = diff(['-ruN', ...args]);
    const files = parseUnidiff(patch);
    const text = files.filter(({ binary }) => !binary);
    if (text.length > 0) assert.deepEqual(text.map(({ path, additions, deletions }) => [path, additions, deletions]), countsByGit(patch), patch);
    for (const { path, changeType, content, binary, incomplete } of files) {
      const [old, current] = [before.get(path), now.get(path)];
      assert.equal(binary, isBinary(old) || isBinary(current), path);
      assert.equal(incomplete, undefined, path);
      if (binary) continue;
      assert.equal(changeType, old ? (current ? 'modified' : 'deleted') : 'created', `${path}\n${patch}`);
      assert.equal(content, old ? undefined : textOf(current), path);
    }
    const paths = [...new Set([...before.keys(), ...now.keys()])];
    const bytesOf = (entry) => Buffer.from(entry?.content ?? '');
    const changed = paths.filter((path) => !bytesOf(before.get(path)).equals(bytesOf(now.get(path))));
    assert.deepEqual(files.map(({ path }) => path).sort(), changed.sort(), patch);
  });
  fc.assert(property, { numRuns: 150 });
});
