/** The runtimes that the package is tested in besides Node and Chromium. Only that test needs them, so only it brings them. */
import { join } from 'node:path';

import { installLocked } from './locked.mjs';
import { inRoot } from './run.mjs';

/** @returns {Promise<{ bun: string, deno: string, workerd: string }>} the programs */
export async function ensureRuntimes() {
  const modules = await installLocked(inRoot('tests', 'runtimes', 'tools'), 'runtimes', 'Bun, Deno and workerd');
  const program = (name) => join(modules, '.bin', name);
  return { bun: program('bun'), deno: program('deno'), workerd: program('workerd') };
}
