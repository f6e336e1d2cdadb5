/**
 * Shows that the simulation bites: plants faults in a copy of the crate, one at a time, and expects each to be caught.
 *
 *   npm run mutants                     all of them
 *   npm run mutants -- blind-retry      those that are named
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { FAULTS } from './lib/faults.mjs';
import { inRoot, main, seconds, StepError, tail } from './lib/run.mjs';
import { PARTS, simulate, USUAL_SEEDS, verdict } from './simulate.mjs';

const COPY = inRoot('target', 'mutants');

const inCopy = { cwd: COPY, env: { CARGO_TARGET_DIR: join(COPY, 'target') } };

function copyCrate() {
  rmSync(COPY, { recursive: true, force: true });
  for (const part of PARTS) {
    mkdirSync(join(COPY, part, '..'), { recursive: true });
    // Times are kept, so that what did not change is not built again.
    cpSync(inRoot(part), join(COPY, part), { recursive: true, preserveTimestamps: true });
  }
  // A target of its own, with the dependencies that are built already: cargo takes the copy and the crate for one, and
  // would run what was built of the other.
  const built = inRoot('target', 'simulation');
  if (existsSync(built)) {
    const isDependency = (path) => !/incremental|jules[-_]wasm|simulation-/.test(path.slice(built.length));
    const options = { recursive: true, preserveTimestamps: true, filter: isDependency };
    cpSync(built, join(COPY, 'target', 'simulation'), options);
  }
}

/** The file with the fault in it. What is looked for must be there exactly once, or the fault is out of date. */
function planted(source, { id, file, changes }) {
  return changes.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) {
      throw new StepError(`the fault ${id} no longer fits ${file}: not there exactly once: ${from}`, {
        advice: 'Write it anew in scripts/lib/faults.mjs.',
      });
    }
    return text.replace(from, () => to);
  }, source);
}

/** Plants a fault, tries it, and takes it out again. Resolves with the seed that caught it, if one did. */
async function tryFault(fault) {
  const begin = performance.now();
  const path = join(COPY, fault.file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(path, planted(source, fault));
  const { code, output } = await simulate({ SIMULATION_SEEDS: String(USUAL_SEEDS), SIMULATION_STOPS: '1' }, inCopy);
  writeFileSync(path, source);
  const found = output.match(/^seed (\d+): (.*)$/m);
  if (!found && code !== 0) throw new StepError(`the fault ${fault.id} does not compile`, { output: tail(output) });
  const told = found ? `caught by seed ${found[1]}: ${found[2]}` : `SURVIVED: ${verdict(output)}`;
  console.log(`  ${found ? '✓' : '✗'} ${fault.id} (${fault.what}): ${told} [${seconds(begin)}]`);
  return found ? Number(found[1]) : undefined;
}

/** Without a fault the seeds that caught the faults must pass, or it was not the faults that were caught. */
async function checkWithout(seeds) {
  const { code, output } = await simulate({ SIMULATION_SEEDS: String(seeds) }, inCopy);
  console.log(`  ${code === 0 ? '✓' : '✗'} without a fault: ${verdict(output)}`);
  return code === 0;
}

/**
 * Plants each fault in turn.
 *
 * @param {string[]} [ids] which; all if none is given
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>} how many were caught, and how many not
 */
export async function mutants(ids = []) {
  const unknown = ids.filter((id) => !FAULTS.some((fault) => fault.id === id));
  if (unknown.length > 0) {
    throw new StepError(`no such fault: ${unknown.join(', ')}`, { advice: `There are ${FAULTS.map((f) => f.id).join(', ')}.` });
  }
  copyCrate();
  const seeds = [];
  for (const fault of FAULTS.filter(({ id }) => ids.length === 0 || ids.includes(id))) seeds.push(await tryFault(fault));
  const caught = seeds.filter((seed) => seed !== undefined);
  const isTrue = await checkWithout(Math.max(1, ...caught));
  return { passed: isTrue ? caught.length : 0, failed: seeds.length - (isTrue ? caught.length : 0), skipped: 0 };
}

await main(import.meta, async (args) => {
  const { passed, failed } = await mutants(args);
  console.log(`${passed} of ${passed + failed} faults caught`);
  process.exitCode = failed > 0 ? 1 : 0;
});
