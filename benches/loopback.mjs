/** Whole lists, connection and all, over the loopback device. */
import { lightActivities, mixedActivities, session } from './lib/bodies.mjs';
import { same } from './lib/check.mjs';
import { runKernel } from './lib/child.mjs';
import { serveStandIn } from './lib/serving.mjs';
import { StandIn } from './lib/stand-in.mjs';
import { compare, interleave } from './lib/stats.mjs';
import { as, atLeast, row } from './lib/table.mjs';

const { id } = session(1);

const tasks = (quick) => [
  { what: 'a list of 100 light activities', call: 'activities', count: quick ? 25 : 80, warmUp: 25, activities: lightActivities(100) },
  { what: 'a list of 100 mixed activities', call: 'activities', count: quick ? 8 : 20, warmUp: 6, activities: mixedActivities(100) },
  { what: 'a list of 100 sessions', call: 'sessions', count: quick ? 25 : 80, warmUp: 25, sessions: Array.from({ length: 100 }, (_, index) => session(100 - index)) },
];

export async function run({ quick, log }) {
  const rows = [];
  for (const { what, activities, sessions, ...task } of tasks(quick).filter(({ call }) => !quick || call !== 'sessions')) {
    log(what);
    const results = await interleave(quick ? 3 : 5, async (side) => {
      const server = await serveStandIn(new StandIn({ sessions, activities }));
      try {
        return await runKernel('loopback', { side, baseUrl: server.baseUrl, id, ...task });
      } finally {
        await server.close();
      }
    });
    results.ours.forEach(({ found }, round) => same(what, found, results.theirs[round].found));
    const cpu = compare(results, (result) => result.cpu);
    rows.push(row(`${what}: processor time of the client's process`, cpu, as.micros, atLeast(1, cpu)));
    const wall = compare(results, (result) => result.wall);
    rows.push(row(`${what}: time until the call resolves`, wall, as.micros));
  }
  return {
    title: 'Whole lists, over HTTP',
    about: [
      'The same bodies from a server in another process, over the loopback device; Node’s fetch does most of the work, for both.',
      'Each client in a fresh process, after some calls to warm up. One call after the other.',
    ],
    tables: [{ rows }],
    notes: quick ? ['Quick mode leaves out lists of sessions.'] : [],
  };
}
