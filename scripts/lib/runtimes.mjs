/** The runtimes that tests start by themselves. They are tools of the matrix. */
import { join } from 'node:path';

import { toolsOf } from '../../tests/matrix/lib/project.mjs';

/** @returns {Promise<{ deno: string, workerd: string }>} the programs */
export async function ensureRuntimes() {
  const modules = await toolsOf('runtimes');
  const program = (name) => join(modules, '.bin', name);
  return { deno: program('deno'), workerd: program('workerd') };
}
