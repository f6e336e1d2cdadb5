/** Programs that have just been started: what the import costs, and the first call. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { compare, median, order } from './lib/stats.mjs';
import { as, row } from './lib/table.mjs';

const KERNEL = fileURLToPath(new URL('./kernels/start.mjs', import.meta.url));
const execute = promisify(execFile);

async function startOnce(...args) {
  const begin = performance.now();
  const { stdout } = await execute(process.execPath, [KERNEL, ...args]);
  return { wall: performance.now() - begin, cpu: JSON.parse(stdout).cpu };
}

export async function run({ quick, log }) {
  const rounds = quick ? 5 : 15;
  log(`${rounds} rounds`);
  const nothing = [];
  const results = { import: { ours: [], theirs: [] }, call: { ours: [], theirs: [] } };
  // The first one reads the files from the disk.
  for (const side of ['ours', 'theirs']) await startOnce('call', side);
  for (let round = 0; round < rounds; round++) {
    nothing.push(await startOnce('nothing'));
    for (const what of Object.keys(results)) {
      for (const side of order(round)) results[what][side][round] = await startOnce(what, side);
    }
  }
  /** Of one round, less what a program that does nothing takes in the same round. */
  const more = (sides, field) =>
    compare(
      Object.fromEntries(Object.entries(sides).map(([side, values]) => [side, values.map((value, round) => Math.max(0.1, value[field] - nothing[round][field]))])),
    );
  const idle = (field) => as.millis(median(nothing.map((value) => value[field])));
  return {
    title: 'Start',
    about: [
      `Fresh processes, in turn. A program that does nothing takes ${idle('wall')} (${idle('cpu')} of the processor); the rows tell what comes on`,
      'top of that in the same round. The first call is `session(\'1\').info()` with a stand-in for fetch.',
    ],
    tables: [
      {
        rows: [
          row('import: processor time', more(results.import, 'cpu'), as.millis),
          row('import: time until the process has ended', more(results.import, 'wall'), as.millis),
          row('import and first call: processor time', more(results.call, 'cpu'), as.millis),
          row('import and first call: time until the process has ended', more(results.call, 'wall'), as.millis),
        ],
      },
    ],
  };
}
