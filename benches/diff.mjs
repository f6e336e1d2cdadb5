/** Patches to files. */
import { inEachRuntime } from './lib/runtimes.mjs';

const GOALS = [
  { begins: '10 kB: parsed', atLeast: 1.5 },
  { begins: '10 kB: generatedFiles', atLeast: 1.5 },
  { begins: '1 MB: parsed', atLeast: 3 },
  { begins: '1 MB: generatedFiles', atLeast: 3 },
];

export async function run({ quick, log, versions }) {
  const input = quick ? { rounds: 5, batchMs: 30 } : { rounds: 9, batchMs: 60 };
  const { tables, notes } = await inEachRuntime('diff', input, GOALS, { quick, log, versions });
  return {
    title: 'Diffs',
    about: [
      'Time to parse a unified diff, as git writes it, into files: two thirds changed files, the rest new or deleted. The change set and',
      'the outcome are new in every run and created outside the time, except in the last row of each size. Paths, kinds and counts',
      'of lines, and the contents of new files, are checked to be the same for both.',
    ],
    tables,
    notes,
  };
}
