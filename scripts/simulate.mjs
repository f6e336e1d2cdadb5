/**
 * Runs the client against the emulator on virtual time, under faults that are determined by seeds. Broken seeds are listed by the
 * invariants that they break, with the end of the first one's trace.
 *
 *   npm run simulate                          10,000 schedules
 *   npm run simulate -- --seeds 1000000       as many as you like
 *   npm run simulate -- --first 500 --seeds 9 from that seed on
 *   npm run simulate -- --seed 7236           one of them, with a trace of everything that happened
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { digestOf } from './lib/files.mjs';
import { execute, inRoot, main, root, StepError, tail } from './lib/run.mjs';

/** The build of the schedules: optimized, because there are many. */
const BUILD = ['test', '--locked', '--profile', 'simulation', '--test', 'simulation'];

/** It has the faults of src/planted.rs, none of which is planted unless a test does so, so that one build serves both commands. */
const BUILD_ENV = { CARGO_TARGET_DIR: inRoot('target', 'planted'), RUSTFLAGS: '--cfg planted_faults' };

/** The test that runs the schedules. */
const TEST = 'nothing_is_duplicated_and_nothing_is_lost_under_any_faults';

/** The number of schedules by default. */
export const USUAL_SEEDS = 10_000;

/** The number of further schedules, with seeds that no earlier version of the code has run. */
const FRESH_SEEDS = 2_000;

/** The files that determine a schedule, besides its seed. */
export const PARTS = ['Cargo.toml', 'Cargo.lock', 'src', join('tests', 'simulation'), join('tests', 'support')];

/**
 * The ranges of seeds that `npm test` runs: always the same ones, and some that are derived from the code in the working tree, so
 * that they are new for each version and the same on each machine.
 */
export function usualRanges() {
  const digest = digestOf(root, PARTS);
  return [
    { what: 'fixed', first: 1, seeds: USUAL_SEEDS },
    // Above those that are run by hand.
    { what: `from the digest ${digest.slice(0, 8)} of the code`, first: 1e9 + parseInt(digest.slice(0, 8), 16), seeds: FRESH_SEEDS },
  ];
}

/**
 * Builds and runs a test of the simulation.
 *
 * @param {string} test its name
 * @param {Record<string, string>} env `SIMULATION_SEEDS`, `SIMULATION_FIRST`, `SIMULATION_SEED`, `SIMULATION_STOPS`, `SIMULATION_FAULT`
 * @param {object} [options] for `execute`
 */
export const runSimulation = (test, env, options = {}) =>
  execute('cargo', [...BUILD, test, '--', '--nocapture'], { ...options, env: { ...BUILD_ENV, ...env } });

/** Builds and runs schedules. */
export const simulate = (env, options) => runSimulation(TEST, env, options);

/** The one line of a run that says what its result is. A filter that matches no test succeeds as well, and runs nothing. */
export function verdict(output) {
  const line = output.match(/^\d+ schedules, .*$/m)?.[0] ?? output.match(/^seed \d+: .*$/m)?.[0];
  if (!line) throw new StepError('the simulation did not run', { output: tail(output), advice: 'Is TEST in scripts/simulate.mjs the name of its test?' });
  return line;
}

await main(import.meta, async (args) => {
  const number = { type: 'string' };
  const { values } = parseArgs({ args, options: { seeds: { ...number, default: String(USUAL_SEEDS) }, first: number, seed: number } });
  const env = Object.fromEntries(Object.entries(values).map(([name, value]) => [`SIMULATION_${name.toUpperCase()}`, value]));
  const { code, output } = await simulate(env, { onOutput: (chunk) => process.stdout.write(chunk) });
  if (code === 0) verdict(output);
  process.exitCode = code;
});
