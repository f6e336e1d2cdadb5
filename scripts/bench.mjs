/**
 * Compares this package with the official SDK, in one run. So far there is one comparison:
 *
 *   npm run bench -- faults
 */
import { build } from './build.mjs';
import { main, StepError } from './lib/run.mjs';
import { setUpForBuild } from './setup.mjs';

await main(import.meta, async ([name = 'faults']) => {
  if (name !== 'faults') throw new StepError(`there is no comparison "${name}"`, { advice: 'Known is `npm run bench -- faults`.' });
  await setUpForBuild();
  await build({ quiet: true });
  const { faults } = await import('../benches/faults.mjs');
  await faults();
  // The official SDK's streams poll for ever.
  process.exit(0);
});
