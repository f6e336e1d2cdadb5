/** The runtimes that the package is tested in besides Node and Chromium. Only that test needs them, so only it brings them. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { inRoot, must, step } from './run.mjs';

const FOLDER = inRoot('target', 'runtimes');
const FROM = inRoot('tests', 'runtimes', 'tools');
const LOCK = 'package-lock.json';

/** @returns {Promise<{ bun: string, deno: string, workerd: string }>} the programs */
export async function ensureRuntimes() {
  const digest = createHash('sha256').update(readFileSync(join(FROM, LOCK))).digest('hex');
  const stamp = join(FOLDER, 'installed-from');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
    mkdirSync(FOLDER, { recursive: true });
    for (const file of ['package.json', LOCK]) copyFileSync(join(FROM, file), join(FOLDER, file));
    copyFileSync(inRoot('.npmrc'), join(FOLDER, '.npmrc'));
    await step('Installing Bun, Deno and workerd with npm', () => must('npm', ['ci'], { cwd: FOLDER }));
    writeFileSync(stamp, digest);
  }
  const program = (name) => join(FOLDER, 'node_modules', '.bin', name);
  return { bun: program('bun'), deno: program('deno'), workerd: program('workerd') };
}
