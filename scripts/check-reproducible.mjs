/**
 * Builds the package from two clones of the last commit and compares the results, byte by byte.
 *
 * The clones lie at paths of different length, and the second has its crates in another folder, since paths are what
 * usually gets into a build. Takes some two minutes.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { listFiles } from './lib/files.mjs';
import { execute, main, must, root, step, StepError } from './lib/run.mjs';
import { setUpForBuild } from './setup.mjs';

await main(import.meta, async () => {
  await setUpForBuild();
  const base = mkdtempSync(join(tmpdir(), 'jules-wasm-'));
  try {
    const cargoHome = join(base, 'crates');
    mkdirSync(cargoHome);
    const config = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'config.toml');
    if (existsSync(config)) cpSync(config, join(cargoHome, 'config.toml'));

    const first = await buildClone(join(base, 'a'));
    const second = await buildClone(join(base, 'another', 'and', 'longer', 'path'), { CARGO_HOME: cargoHome });
    const { code, output } = await execute('git', ['diff', '--no-index', '--stat', first, second]);
    if (code !== 0) {
      throw new StepError('two clones gave different packages', { output, advice: 'Look for a path, a time or an order in these files.' });
    }
    console.log(`Both clones gave the same ${listFiles(first).length} files.`);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});

async function buildClone(folder, env = {}) {
  await must('git', ['clone', '--quiet', root, folder]);
  await step(`Building in ${folder}`, () => must('node', ['scripts/build.mjs'], { cwd: folder, env }));
  return join(folder, 'pkg');
}
