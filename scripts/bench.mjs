/**
 * Compares this package with the official SDK. Both are measured in turn within one run.
 *
 *   npm run bench                      everything (ten minutes), and writes BENCHMARKS.md
 *   npm run bench -- quick             everything, shorter (two minutes); `quick --write` writes BENCHMARKS.md too
 *   npm run bench -- watch             one section; `quick watch` is its short form
 *   npm run bench -- faults            what becomes of creates and waits when something goes wrong
 *
 * It is not a test: it succeeds with any ratios, and fails only if a program does not run or both return different results.
 */
import { build } from './build.mjs';
import { main, StepError } from './lib/run.mjs';
import { setUpForBuild } from './setup.mjs';

await main(import.meta, async (args) => {
  const { SECTIONS, compareAll } = await import('../benches/all.mjs');
  const quick = args.includes('quick');
  const write = args.includes('--write');
  const names = args.filter((name) => name !== 'quick' && name !== '--write');
  const unknown = names.find((name) => name !== 'faults' && !(name in SECTIONS));
  if (unknown) {
    const known = ['quick', 'faults', ...Object.keys(SECTIONS)].join(', ');
    throw new StepError(`there is no comparison "${unknown}"`, { advice: `Known are: ${known}.` });
  }
  if (write && names.length > 0) {
    throw new StepError('BENCHMARKS.md holds all sections or none', { advice: 'Leave out --write, or the section.' });
  }
  await setUpForBuild();
  await build({ quiet: true });
  if (names.includes('faults')) {
    const { faults } = await import('../benches/faults.mjs');
    await faults();
  }
  const sections = names.filter((name) => name !== 'faults');
  if (sections.length > 0 || names.length === 0) await compareAll({ quick, sections, write: write || (!quick && names.length === 0) });
  // The official SDK's streams poll forever.
  process.exit(0);
});
