/** From an answer's bytes to what the caller gets: what a client's own code costs, without the network. */
import { inEachRuntime } from './lib/runtimes.mjs';

const GOALS = [
  { begins: 'of that, from when the body is there', atLeast: 2, where: 'Node' },
  { begins: 'a list of 100 light', atLeast: 1.5 },
  { begins: 'a list of 100 mixed', atLeast: 2.5 },
];

export async function run({ quick, log, versions }) {
  const input = quick ? { rounds: 5, batchMs: 50 } : { rounds: 11, batchMs: 100 };
  const { tables, notes } = await inEachRuntime('decode', input, GOALS, { quick, log, versions });
  return {
    title: 'Polls and lists, after fetch',
    about: [
      'Time for one, in one process, in batches that take turns. A stand-in for fetch answers with prebuilt bytes, so what is',
      'left is the client’s own work and the language’s: request made, body read, text decoded, objects made. A look is one turn',
      'of `result()`: the session is asked for some hundred times until it has ended; timers fire at once. In Node it is the time of',
      'the processor, which other programs on the machine do not change; in Chromium, and of what follows the body, the clock’s.',
    ],
    tables,
    notes: [
      ...notes,
      ...(quick ? [] : ['In Chromium the official SDK, which is for Node alone, runs with its built-in modules stubbed; nothing that is measured touches them.']),
    ],
  };
}
