/** Patches to files. */
import { compare } from './lib/stats.mjs';
import { inEachRuntime } from './lib/runtimes.mjs';
import { as, atLeast, row } from './lib/table.mjs';

const goalOf = (what, compared) => {
  if (what.startsWith('1 MB: parsed')) return atLeast(5, compared);
  if (what.startsWith('1 MB: generatedFiles')) return atLeast(3, compared);
  return undefined;
};

export async function run({ quick, log, versions }) {
  const input = quick ? { rounds: 5, batchMs: 30, only: '1 MB' } : { rounds: 9, batchMs: 60 };
  const { runs, notes } = await inEachRuntime('diff', input, { quick, log, versions });
  return {
    title: 'Diffs',
    about: [
      'Time to make files of a unified diff as git writes it: two thirds changed files, the rest new or deleted. The change set and',
      'the outcome are fresh for every run and made outside the time, except in the last row of each size. Paths, kinds and counts',
      'of lines, and the contents of new files, are checked to be the same for both.',
    ],
    tables: runs.map(({ runtime, measured }) => ({
      caption: runtime,
      rows: measured.map(({ what, ...times }) => {
        const compared = compare(times);
        return row(what, compared, as.micros, goalOf(what, compared));
      }),
    })),
    notes: [...notes, ...(quick ? ['Quick mode leaves out small patches.'] : [])],
  };
}
