/** Programs that have just been started: what the import costs, and the first call. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { compare, interleave, median, SIDES } from './lib/stats.mjs';
import { as, row } from './lib/table.mjs';

const KERNEL = fileURLToPath(new URL('./kernels/start.mjs', import.meta.url));
const execute = promisify(execFile);

async function startOnce(...args) {
  const begin = performance.now();
  const { stdout } = await execute(process.execPath, [KERNEL, ...args]);
  const { whole, ...parts } = JSON.parse(stdout);
  return { ...parts, whole: { cpu: whole, wall: performance.now() - begin } };
}

export async function run({ quick, log }) {
  const rounds = quick ? 7 : 15;
  log(`${rounds} rounds`);
  // The first one reads the files from the disk.
  for (const side of SIDES) await startOnce('call', side);
  const nothing = [];
  const results = await interleave(rounds, async (side) => {
    if (side === 'ours') nothing.push(await startOnce('nothing'));
    return startOnce('call', side);
  });
  const idle = (field) => as.millis(median(nothing.map(({ whole }) => whole[field])));
  return {
    title: 'Start',
    about: [
      'Fresh processes, in turn. The first call is `session(\'1\').info()` with a stand-in for fetch; ours unpacks and compiles its wasm',
      `then. A process that does nothing takes ${idle('wall')}, ${idle('cpu')} of the processor.`,
    ],
    tables: [
      {
        rows: [
          row('import, in the process', compare(results, (result) => result.import.wall), as.millis),
          row('import, processor time', compare(results, (result) => result.import.cpu), as.millis),
          row('first call, in the process', compare(results, ({ call }) => call.wall), as.millis),
          row('first call, processor time', compare(results, ({ call }) => call.cpu), as.millis),
          row('both: the whole process', compare(results, ({ whole }) => whole.wall), as.millis),
          row('both: the whole process, processor time', compare(results, ({ whole }) => whole.cpu), as.millis),
        ],
      },
    ],
  };
}
