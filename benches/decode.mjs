/** From the bytes of a response to the objects that the caller gets: the cost of a client's own code, without the network. */
import { inEachRuntime } from './lib/runtimes.mjs';

const GOALS = [
  { begins: 'a list of 100 light', atLeast: 0.95 },
  { begins: 'a list of 100 mixed', atLeast: 0.95 },
  { begins: 'a list of 100 sessions', atLeast: 0.95 },
];

export async function run({ quick, log, versions }) {
  const input = quick ? { rounds: 5, batchMs: 50 } : { rounds: 11, batchMs: 100 };
  const { tables, notes } = await inEachRuntime('decode', input, GOALS, { quick, log, versions });
  return {
    title: 'Lists, after fetch',
    about: [
      'The time for one list, in one process, in batches of the two clients in turn. A stand-in for fetch answers with prebuilt bytes,',
      'so what remains is the work of the client and the engine: create the request, read the body, decode and parse the text, create',
      'the objects. In Node it is processor time, which other programs on the machine do not change; in Chromium it is clock time.',
    ],
    tables,
    notes: [
      ...notes,
      ...(quick ? [] : ['In Chromium the official SDK, which is for Node alone, runs with its built-in modules stubbed; nothing that is measured touches them.']),
    ],
  };
}
