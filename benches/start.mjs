/** Programs and pages that have just been started: what the import costs, and the first call. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { session } from './lib/bodies.mjs';
import { chromiumRows } from './lib/first-call.mjs';
import { major, otherNodes } from './lib/runtimes.mjs';
import { serveStandIn } from './lib/serving.mjs';
import { StandIn } from './lib/stand-in.mjs';
import { compare, interleave, median, SIDES } from './lib/stats.mjs';
import { as, goal, row } from './lib/table.mjs';

const KERNEL = fileURLToPath(new URL('./kernels/start.mjs', import.meta.url));
const execute = promisify(execFile);
const MOST_MS_OVER_FETCH = 10;

async function inNode({ path, version }, baseUrl, rounds) {
  const start = async (what) => {
    const begin = performance.now();
    const { stdout } = await execute(path, [KERNEL, what, baseUrl]);
    const { whole, ...parts } = JSON.parse(stdout);
    return { ...parts, whole: { cpu: whole, wall: performance.now() - begin } };
  };
  // The first process of each kind reads the files from the disk.
  for (const what of ['nothing', 'fetch', ...SIDES]) await start(what);
  const nothing = [];
  const bare = [];
  const results = await interleave(rounds, async (side, round) => {
    nothing[round] ??= await start('nothing');
    bare[round] ??= await start('fetch');
    const { call, ...rest } = await start(side);
    const over = (field) => call[field] - bare[round].call[field];
    return { ...rest, call, over: { wall: over('wall'), cpu: over('cpu') } };
  });
  // Without ratios: a difference may be zero.
  const middle = (field) => Object.fromEntries(SIDES.map((side) => [side, median(results[side].map(({ over }) => over[field]))]));
  const over = middle('wall');
  const isFirst = major(version) === 24;
  const idle = (of, field) => as.millis(median(of.map((result) => result[field].wall)));
  return {
    caption: `Node ${major(version)}; a process that does nothing takes ${idle(nothing, 'whole')}, the first request of bare fetch ${idle(bare, 'call')}`,
    rows: [
      row('import', compare(results, (result) => result.import.wall), as.millis),
      row('first call', compare(results, ({ call }) => call.wall), as.millis),
      row('first call, over the first request of bare fetch', over, as.millis, isFirst ? goal(`≤ ${MOST_MS_OVER_FETCH} ms`, over.ours <= MOST_MS_OVER_FETCH) : undefined),
      row('the same, processor time', middle('cpu'), as.millis),
      row('the whole process', compare(results, ({ whole }) => whole.wall), as.millis),
      row('the whole process, processor time', compare(results, ({ whole }) => whole.cpu), as.millis),
    ],
  };
}

export async function run({ quick, log, versions }) {
  const rounds = quick ? 5 : 15;
  const server = await serveStandIn(new StandIn({ sessions: [{ ...session(1), id: '1', name: 'sessions/1' }] }));
  const tables = [];
  const notes = quick ? ['Quick mode leaves out the other versions of Node.'] : [];
  try {
    for (const node of [{ path: process.execPath, version: process.version }, ...(quick ? [] : await otherNodes(versions, notes))]) {
      log(`Node ${major(node.version)}`);
      tables.push(await inNode(node, server.baseUrl, rounds));
    }
  } finally {
    await server.close();
  }
  log('Chromium');
  try {
    tables.push({ caption: 'Chromium', rows: await chromiumRows(quick ? 3 : 9, versions) });
  } catch (error) {
    if (!error.advice) throw error;
    notes.push(`Chromium is not available (${error.message}); its rows are missing.`);
  }
  return {
    title: 'Start',
    about: [
      'Fresh processes, in turn. The first call is `session(\'1\').info()` to a server on the loopback device; this package loads,',
      'decompresses and compiles its wasm then. The first request of bare fetch, in a process of its own, is what any client needs.',
      'In Chromium, a fresh context and page load the bundle over HTTP and make the same call; the longest task of the main thread',
      'from the call to its result is taken from a trace of the browser.',
    ],
    tables,
    notes,
  };
}
