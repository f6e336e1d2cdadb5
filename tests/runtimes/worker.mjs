/** A Worker with the installed package, as workerd runs it. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'esbuild';

/** Bundles the program of a Worker into this folder, with the WebAssembly beside it. `installed`: the folder of the package. */
export async function layWorker(contents, { folder, resolveDir, installed }) {
  await build({
    stdin: { contents, resolveDir },
    outfile: join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['*.wasm'],
    logLevel: 'error',
  });
  copyFileSync(join(installed, 'jules.wasm'), join(folder, 'jules.wasm'));
}
