/** The runtimes that tests start by themselves. They are tools of the matrix. */
import { join } from 'node:path';

import { toolsOf } from '../../tests/matrix/lib/project.mjs';

/** @returns {Promise<{ deno: string, workerd: string }>} the programs */
export async function ensureRuntimes() {
  const program = async (project, name) => join(await toolsOf(project), '.bin', name);
  return { deno: await program('runtimes', 'deno'), workerd: await program('workerd', 'workerd') };
}
