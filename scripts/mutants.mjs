/**
 * Checks that the simulation detects faults: builds the client with the faults of src/planted.rs, plants one at a time, and expects
 * each to break an invariant within the fixed seeds.
 *
 *   npm run mutants                   all of them
 *   npm run mutants -- BlindRetry     one
 */
import { main, StepError, tail } from './lib/run.mjs';
import { runSimulation, USUAL_SEEDS } from './simulate.mjs';

/** Resolves with the number of faults that were caught, and that were not. */
export async function mutants(fault) {
  const env = { SIMULATION_SEEDS: String(USUAL_SEEDS), ...(fault && { SIMULATION_FAULT: fault }) };
  const { output } = await runSimulation('each_planted_fault', env);
  const counts = output.match(/^(\d+) of (\d+) planted faults caught$/m);
  if (!counts) throw new StepError('the planted faults were not tried', { output: tail(output) });
  console.log(output.match(/^(\w+: caught by|\d+ of \d+ planted|not caught).*$/gm).join('\n'));
  const missed = output.match(/not caught: .*/)?.[0];
  if (missed) console.log(missed);
  const [caught, all] = counts.slice(1).map(Number);
  return { passed: caught, failed: all - caught, skipped: 0 };
}

await main(import.meta, async ([fault]) => {
  const { failed } = await mutants(fault);
  process.exitCode = failed > 0 ? 1 : 0;
});
