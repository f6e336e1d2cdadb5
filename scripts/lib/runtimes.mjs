/** The runtimes that tests start by themselves. They are tools of the matrix, except undici, which the types are tested with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { toolsOf } from '../../tests/matrix/lib/project.mjs';
import { installLocked } from './locked.mjs';
import { inRoot } from './run.mjs';

/**
 * @returns {Promise<{ bun: string, deno: string, workerd: string, newWorkerd: string, node24: string, undici: string }>} the programs,
 *   and undici's URL
 */
export async function ensureRuntimes() {
  const modules = await toolsOf('runtimes');
  const program = (name) => join(modules, '.bin', name);
  // Its package is for one platform, so it may not be there.
  const node24 = join(await toolsOf('node'), 'node24', 'bin', 'node');
  const undici = join(await installLocked(inRoot('tests', 'types'), 'types', 'the versions of TypeScript'), 'undici', 'index.js');
  return {
    bun: program('bun'),
    deno: program('deno'),
    workerd: program('workerd'),
    // As wrangler brings it. At the global scope it refuses less than older ones.
    newWorkerd: join(await toolsOf('workerd'), '.bin', 'workerd'),
    node24: existsSync(node24) ? node24 : '',
    undici: pathToFileURL(undici).href,
  };
}
