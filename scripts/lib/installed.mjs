/** The packed package, installed in a separate project as by its users, without access to the repository's files. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { inRoot, must, StepError } from './run.mjs';

/** The folders that the tests need, copied to the same relative paths. */
const COPIED = ['tests/package', 'tests/examples', 'tests/runtimes', 'tests/fixtures', 'examples', 'docs'];

/** The packages that they use beside it. */
const LINKED = ['playwright-core', 'typescript', '@types', 'undici-types', 'esbuild', '@esbuild'];

/**
 * Packs pkg/ into a folder.
 *
 * @returns {Promise<{ folder: string, tarball: string, remove: () => void }>}
 */
export async function packed() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jules-wasm-')));
  const json = await must('npm', ['pack', inRoot('pkg'), '--json', '--pack-destination', folder]);
  return { folder, tarball: join(folder, packedName(json)), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Packs pkg/ and installs the tarball.
 *
 * @returns {Promise<{ folder: string, tarball: string, remove: () => void }>}
 */
export async function installPacked() {
  const { folder, tarball, remove } = await packed();
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
  await must('npm', ['install', tarball, '--offline', '--no-audit', '--no-fund'], { cwd: folder });
  for (const path of COPIED.filter((name) => existsSync(inRoot(name)))) {
    cpSync(inRoot(path), join(folder, path), { recursive: true });
  }
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const name of LINKED) {
    symlinkSync(inRoot('node_modules', name), join(folder, 'node_modules', name), 'junction');
  }
  return { folder, tarball, remove };
}

/**
 * Copies the tarball to a folder, for its publication.
 *
 * @param {boolean} isTested whether every check of the project has passed on it
 */
export function keepTarball(tarball, folder, isTested) {
  if (!isTested) throw new StepError('The tarball is not kept, because not every step has run and passed');
  mkdirSync(folder, { recursive: true });
  cpSync(tarball, join(folder, basename(tarball)));
}

/** npm prints a list of packages, or in newer releases an object of them by name. */
function packedName(json) {
  const [first] = Object.values(JSON.parse(json));
  return first.filename;
}
