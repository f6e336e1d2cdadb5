/** The workflow that publishes a release. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { keepTarball } from '../../scripts/lib/installed.mjs';
import { repositoryOf } from '../../scripts/lib/repository.mjs';

const workflow = readFileSync(new URL('../../.github/workflows/publish.yml', import.meta.url), 'utf8');
const [, tested, published] = workflow.split(/^ {2}(?:test|publish):$/m);
/** The commands of a job, in order. */
const commandsOf = (job) => [...job.matchAll(/^ {8}run: (.*)$/gm)].map(([, command]) => command);

test('the tarball that was tested is published, with provenance, and nothing is built after the tests', () => {
  const [, testing, digest] = commandsOf(tested);
  assert.equal(testing, 'npm test -- --keep tested');
  assert.match(digest, /sha256sum tested\/\*\.tgz/);
  assert.match(tested, /path: tested\/\*\.tgz\n {10}if-no-files-found: error/);
  assert.match(published, /needs: test\n/);
  assert.deepEqual(commandsOf(published), [
    'echo "$SHA256  $(ls ./*.tgz)" | sha256sum --check --strict',
    'npm publish ./*.tgz --provenance --access public --ignore-scripts',
  ]);
});

test('only the job that publishes may ask for an identity, and it does not check out the sources', () => {
  assert.match(workflow, /^permissions: \{\}$/m);
  assert.ok(!tested.includes('id-token') && published.includes('id-token: write') && !published.includes('checkout'));
});

test('the tarball is kept only if every step has run and passed', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'jules-wasm-kept-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const tarball = join(folder, 'package-1.0.0.tgz');
  writeFileSync(tarball, 'content');
  const into = join(folder, 'tested');
  assert.throws(() => keepTarball(tarball, into, false), /not kept/);
  assert.ok(!readdirSync(folder).includes('tested'));
  keepTarball(tarball, into, true);
  assert.equal(readFileSync(join(into, 'package-1.0.0.tgz'), 'utf8'), 'content');
});

test('the package names its repository, which provenance requires, where it is known', () => {
  assert.deepEqual(repositoryOf('https://github.com/owner/name'), { repository: { type: 'git', url: 'git+https://github.com/owner/name.git' } });
  assert.deepEqual([repositoryOf(undefined), repositoryOf('')], [{}, {}]);
});
