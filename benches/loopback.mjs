/** Whole polls and lists, connection and all, over the loopback device. */
import { lightActivities, mixedActivities, outputsOf, patchOf, session } from './lib/bodies.mjs';
import { same } from './lib/check.mjs';
import { runKernel } from './lib/child.mjs';
import { serveStandIn } from './lib/serving.mjs';
import { StandIn } from './lib/stand-in.mjs';
import { compare, interleave } from './lib/stats.mjs';
import { as, atLeast, row } from './lib/table.mjs';

const waiting = session(1);
const done = { ...waiting, state: 'COMPLETED', updateTime: session(2).updateTime, outputs: outputsOf(patchOf(2000)) };

/** Asked to begin anew, lets the next wait end after so many looks. */
class Waits extends StandIn {
  #looks;

  constructor(looks) {
    super({ sessions: [waiting] });
    this.#looks = looks;
  }

  answer(url) {
    if (!url.endsWith('/begin')) return super.answer(url);
    this.changeAfter(this.#looks, [done]);
    return { status: 200, bytes: new Uint8Array() };
  }
}

// Looks go on for hours, and engines compile during the first two thousand of them, for either client as much as a look costs.
const tasks = (quick) => [
  { what: 'one look of a wait', call: 'wait', count: quick ? 1 : 2, warmUp: quick ? 1 : 6, per: quick ? 120 : 400 },
  { what: 'a list of 100 light activities', call: 'activities', count: quick ? 25 : 80, warmUp: 25, activities: lightActivities(100) },
  { what: 'a list of 100 mixed activities', call: 'activities', count: quick ? 8 : 20, warmUp: 6, activities: mixedActivities(100) },
  { what: 'a list of 100 sessions', call: 'sessions', count: quick ? 25 : 80, warmUp: 25, sessions: Array.from({ length: 100 }, (_, index) => session(100 - index)) },
];

export async function run({ quick, log }) {
  const rows = [];
  for (const { what, activities, sessions, ...task } of tasks(quick).filter(({ call }) => !quick || call !== 'sessions')) {
    log(what);
    const results = await interleave(quick ? 3 : 5, async (side) => {
      const standIn = task.call === 'wait' ? new Waits(task.per) : new StandIn({ sessions, activities });
      const server = await serveStandIn(standIn);
      try {
        return await runKernel('loopback', { side, baseUrl: server.baseUrl, id: waiting.id, ...task });
      } finally {
        await server.close();
      }
    });
    results.ours.forEach(({ found }, round) => same(what, found, results.theirs[round].found));
    const cpu = compare(results, (result) => result.cpu);
    rows.push(row(`${what}: processor time of the client's process`, cpu, as.micros, atLeast(1, cpu)));
    const wall = compare(results, (result) => result.wall);
    rows.push(row(`${what}: time until it is there${task.call === 'wait' ? ', the pause of 1 ms included' : ''}`, wall, as.micros));
  }
  return {
    title: 'Whole polls and lists, over HTTP',
    about: [
      'The same bodies from a server in another process, over the loopback device; Node’s fetch does most of the work, for both.',
      'Each client in a fresh process, after some calls to warm up. One call after the other.',
    ],
    tables: [{ rows }],
    notes: quick ? ['Quick mode leaves out lists of sessions, and measures looks while they are still being compiled.'] : [],
  };
}
