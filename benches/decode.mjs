/** From an answer's bytes to what the caller gets: what a client's own code costs, without the network. */
import { compare } from './lib/stats.mjs';
import { inEachRuntime } from './lib/runtimes.mjs';
import { as, atLeast, row } from './lib/table.mjs';

/** By the beginning of the row's name. */
const GOALS = [
  ['one look', 2, ['Node']],
  ['a list of 100 light', 1.5, ['Node', 'Chromium']],
  ['a list of 100 mixed', 2.5, ['Node', 'Chromium']],
];

const goalOf = (runtime, what, compared) => {
  const [, least] = GOALS.find(([begin, , where]) => what.startsWith(begin) && where.some((one) => runtime.startsWith(one))) ?? [];
  return least && atLeast(least, compared);
};

export async function run({ quick, log, versions }) {
  const input = quick ? { rounds: 5, batchMs: 50 } : { rounds: 11, batchMs: 100 };
  const { runs, notes } = await inEachRuntime('decode', input, { quick, log, versions });
  return {
    title: 'Polls and lists, after fetch',
    about: [
      'Time for one, in one process, in batches that take turns. A stand-in for fetch answers with prebuilt bytes, so what is',
      'left is the client’s own work and the language’s: request made, body read, text decoded, objects made. A look is one turn',
      'of `result()`: the session is asked for some hundred times until it has ended; timers fire at once. In Node it is the time of',
      'the processor, which other programs on the machine do not change; in Chromium the clock’s.',
    ],
    tables: runs.map(({ runtime, measured }) => ({
      caption: runtime,
      rows: measured.map(({ what, ...times }) => {
        const compared = compare(times);
        return row(what, compared, as.micros, goalOf(runtime, what, compared));
      }),
    })),
    notes: [
      ...notes,
      ...(quick ? [] : ['In Chromium the official SDK, which is for Node alone, runs with its built-in modules stubbed; nothing that is measured touches them.']),
    ],
  };
}
