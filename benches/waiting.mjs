/** What it costs to wait, as more sessions wait. */
import { must } from '../scripts/lib/run.mjs';
import { runKernel } from './lib/child.mjs';
import { compare, interleave, median } from './lib/stats.mjs';
import { as, goal, row } from './lib/table.mjs';

const isLinux = process.platform === 'linux';

const setups = (quick) => [
  { count: 10, interval: 20, ticks: quick ? 25 : 50 },
  { count: 100, interval: 60, ticks: 15 },
  { count: 1000, interval: 500, ticks: 2 },
  // Long enough for both to have looked at all, and to be at rest, before the next look.
  { count: 10_000, interval: quick ? 1600 : 2000, ticks: 1 },
];

/** What is left without a caller's promises: see kernels/poller.rs. One side only, since the official SDK has no such part. */
async function pollerAlone(quick, log) {
  const rows = [];
  for (const count of quick ? [10_000] : [100, 1000, 10_000]) {
    log(`${count} watched, natively`);
    const results = [];
    for (let round = 0; round < (quick ? 3 : 5); round++) {
      const intervals = Math.ceil(50_000 / count);
      const text = await must('cargo', ['bench', '--quiet', '--bench', 'poller', '--', String(count), String(intervals)]);
      results.push(JSON.parse(text.slice(text.lastIndexOf('{'))));
    }
    const middle = (name) => ({ ours: median(results.map((result) => result[name])) });
    const isMost = count === 10_000;
    const [bytes, nanos] = [middle('bytes'), middle('nanos')];
    const name = `${as.count(count)} watched`;
    // A few pages of memory are all that a few sessions need: nothing to be measured by the page.
    if (isMost) rows.push(row(`${name}: memory for each, its future of ${results[0].future} B included`, bytes, as.bytes, goal('≤ 200 B', bytes.ours <= 200)));
    rows.push(
      row(`${name}: processor time for each and interval`, nanos, as.nanos, isMost ? goal('≤ 500 ns', nanos.ours <= 500) : undefined),
      row(`${name}: requests in an interval`, middle('requests'), as.count),
    );
  }
  return { caption: 'The poller alone, natively', rows };
}

export async function run({ quick, log }) {
  const rows = [];
  for (const setup of quick ? setups(quick).filter(({ count }) => count === 10_000) : setups(quick)) {
    log(`${setup.count} waiting`);
    const results = await interleave(quick ? 3 : 5, (side) => runKernel('waiting', { side, ...setup }, { flags: ['--expose-gc'] }));
    const isMost = setup.count === 10_000;
    const name = `${as.count(setup.count)} waiting`;
    const bytes = compare(results, (result) => result.bytes);
    const cpu = compare(results, (result) => result.cpu);
    rows.push(
      row(`${name}: memory for each`, bytes, as.bytes, isMost ? goal('≤ 200 B', bytes.ours <= 200) : undefined),
      row(`${name}: processor time for each and interval`, cpu, as.micros, isMost ? goal('≤ 0.5 µs', cpu.ours <= 0.5) : undefined),
      row(`${name}: requests in an interval`, compare(results, ({ requests }) => requests), as.count),
    );
  }
  return {
    title: 'Many sessions that wait',
    about: [
      '`session(id).waitFor(\'completed\')` for each, none of which ends. Memory is what is reachable after a full collection: heap,',
      'buffers and wasm memory, less what one client alone holds, divided by the sessions; wasm memory grows by 64 kB at a time, so',
      'small numbers of sessions tell of that. Processor time is that of the whole process, its stand-in for fetch (a lookup)',
      'included, from the second interval on.',
      '',
      'The second table has no JavaScript in it: the same waits in Rust, compiled for this machine, whose pointers are twice as',
      'long as those of wasm. Memory is what has become resident, processor time is that of the lists being read and looked',
      'through. What is left out is what each promise and its functions cost in any client.',
    ],
    tables: [{ rows }, ...(isLinux ? [await pollerAlone(quick, log)] : [])],
    notes: [
      ...(quick ? ['Quick mode leaves out 10, 100 and 1,000.'] : []),
      ...(isLinux ? [] : ['The poller alone is measured by what Linux tells of a process; its rows are missing.']),
    ],
  };
}
