/**
 * Builds the package from two clones of the last commit and compares the results, byte by byte.
 *
 * The clones lie at paths of different length, and the second has its crates in another folder, since paths are what
 * usually gets into a build. Takes some two minutes.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { listFiles } from './lib/files.mjs';
import { main, must, root, step, StepError } from './lib/run.mjs';
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
    const different = compare(first, second);
    if (different.length > 0) {
      throw new StepError(`two clones gave different packages: ${different.join(', ')}`, {
        advice: 'Look for a path, a time or an order in these files.',
      });
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

/** The files that are not in both folders with the same bytes. */
function compare(first, second) {
  const names = new Set([...listFiles(first), ...listFiles(second)]);
  const read = (folder, name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined);
  return [...names].filter((name) => {
    const [a, b] = [read(first, name), read(second, name)];
    return !a || !b || !a.equals(b);
  });
}
