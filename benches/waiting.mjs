/** The cost of waiting, by the number of sessions waited for. */
import { runKernel } from './lib/child.mjs';
import { compare, interleave } from './lib/stats.mjs';
import { as, goal, row } from './lib/table.mjs';

const setups = (quick) => [
  { count: 10, interval: 20, ticks: quick ? 25 : 50 },
  { count: 100, interval: 60, ticks: 15 },
  { count: 1000, interval: 500, ticks: 2 },
  // Long enough for both to have polled all sessions, and to be idle, before the next poll.
  { count: 10_000, interval: quick ? 1600 : 2000, ticks: 1 },
];

export async function run({ quick, log }) {
  const rows = [];
  for (const setup of quick ? setups(quick).filter(({ count }) => count === 10_000) : setups(quick)) {
    log(`${setup.count} waiting`);
    const results = await interleave(quick ? 3 : 5, (side) => runKernel('waiting', { side, ...setup }, { flags: ['--expose-gc'] }));
    const isMost = setup.count === 10_000;
    const name = `${as.count(setup.count)} waiting`;
    const bytes = compare(results, (result) => result.bytes);
    const requests = compare(results, (result) => result.requests);
    rows.push(
      row(`${name}: memory for each`, bytes, as.bytes, isMost ? goal('≤ 1,100 B', bytes.ours <= 1100) : undefined),
      row(`${name}: processor time of the process in an interval`, compare(results, ({ cpu }) => cpu * setup.count), as.micros),
      row(`${name}: requests in an interval`, requests, as.count, isMost ? goal('≤ 105', requests.ours <= 105) : undefined),
    );
  }
  return {
    title: 'Many sessions that wait',
    about: [
      '`session(id).waitFor(\'completed\')` for each, none of which ends. Memory is what is reachable after a full collection: heap,',
      'buffers and wasm memory, less what one client alone holds, divided by the sessions; wasm memory grows by 64 kB at a time, so',
      'with few sessions that dominates. Processor time is that of the whole process, its stand-in for fetch (a lookup)',
      'included, from the second interval on.',
    ],
    tables: [{ rows }],
    notes: quick ? ['Quick mode leaves out 10, 100 and 1,000.'] : [],
  };
}
