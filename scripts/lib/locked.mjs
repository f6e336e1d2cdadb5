/** Tools that only one command needs: npm packages with a lock file of their own, installed below target/ when they are needed. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { inRoot, must, step } from './run.mjs';

const LOCK = 'package-lock.json';

/**
 * Installs the packages of a lock file, unless they are installed.
 *
 * @param {string} from the folder with package.json and the lock file
 * @param {string} name of the folder in target/
 * @param {string} what the packages are, for the output
 * @returns {Promise<string>} the folder `node_modules`
 */
export async function installLocked(from, name, what) {
  const folder = inRoot('target', name);
  const digest = createHash('sha256').update(readFileSync(join(from, LOCK))).digest('hex');
  const stamp = join(folder, 'installed-from');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
    mkdirSync(folder, { recursive: true });
    for (const file of ['package.json', LOCK]) copyFileSync(join(from, file), join(folder, file));
    copyFileSync(inRoot('.npmrc'), join(folder, '.npmrc'));
    await step(`Installing ${what} with npm`, () => must('npm', ['ci'], { cwd: folder }));
    writeFileSync(stamp, digest);
  }
  return join(folder, 'node_modules');
}
