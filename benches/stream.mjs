/**
 * What a new activity costs while a session is streamed that has many already, and when the stream ends. On the emulator,
 * over HTTP, whose clock the benchmark moves: the history exists from the start, then an activity is added every three intervals.
 */
import { serve } from '../pkg/bin/server.js';
import { same } from './lib/check.mjs';
import { runKernel } from './lib/child.mjs';
import { compare, interleave, median } from './lib/stats.mjs';
import { as, goal, row } from './lib/table.mjs';

const INTERVAL = 60;
const INTERVALS_A_STEP = 3;
const STEP_MS = 1000;
/** Intervals after which the end of a stream is no longer awaited. */
const END_LIMIT = 10;

const progress = (index) => ({
  progress: {
    title: `Step ${index}: read and changed what the task touches`,
    description: `The settings are in one place now, “src/settings.js”, and test ${index} of the second group passes again after the change of its helper.`,
  },
});

async function streamOnce(side, { stored, fresh }) {
  const script = [{ state: 'IN_PROGRESS' }, ...Array.from({ length: stored + fresh }, (_, index) => progress(index)), { complete: {} }];
  const start = Date.now() - (stored + 1) * STEP_MS;
  const server = await serve({ port: 0, apiKey: 'key', clock: 'virtual', autoAdvance: false, stepMs: STEP_MS, now: () => start, scenarios: { script }, scenario: 'script' });
  const { emulator } = server;
  const api = async (path, init = {}) =>
    emulator.fetch(`${emulator.baseUrl}/${path}`, { ...init, headers: { 'x-goog-api-key': 'key', 'content-type': 'application/json' } });
  let ticks;
  try {
    const made = await (await api('sessions', { method: 'POST', body: JSON.stringify({ prompt: 'Task' }) })).json();
    emulator.advance((stored + 1) * STEP_MS);
    const cameAt = [];
    let completedAt;
    const onEvent = ({ isRead, isFresh }, child) => {
      if (isRead) {
        ticks = setInterval(() => {
          emulator.advance(STEP_MS);
          cameAt.push(Date.now());
          if (cameAt.length === fresh) clearInterval(ticks);
        }, INTERVAL * INTERVALS_A_STEP);
      }
      if (isFresh) {
        emulator.advance(STEP_MS);
        completedAt = Date.now();
        child.send({ giveUpMs: INTERVAL * END_LIMIT });
      }
    };
    const input = { side, baseUrl: server.baseUrl, interval: INTERVAL, id: made.id, stored, fresh };
    const result = await runKernel('stream', input, { onEvent });
    const expected = emulator.sessions()[0].events.length;
    const given = result.ids.slice(0, stored + fresh);
    same('activities given, each once', [new Set(given).size, given.length], [stored + fresh, stored + fresh]);
    same('activities of the service', expected, stored + fresh + 1);
    const own = (await (await api(`sessions/${made.id}/activities/${given.at(-1)}`)).text()).length;
    const late = given.slice(stored).map((id, index) => (result.late[id] - cameAt[index]) / INTERVAL);
    const end = result.endedAt ? (result.endedAt - completedAt) / INTERVAL : Infinity;
    return { ...result, own, late: median(late), end, perFresh: result.down / fresh, requestsPerFresh: result.requests / fresh };
  } finally {
    clearInterval(ticks);
    await server.close();
  }
}

const endText = (end) => (Number.isFinite(end) ? `${as.intervals(end)}` : `not within ${END_LIMIT}`);

async function rowsOf(setup, rounds) {
  const results = await interleave(rounds, (side) => streamOnce(side, setup));
  results.ours.forEach((mine, round) => {
    const length = setup.stored + setup.fresh;
    same('ids', mine.ids.slice(0, length), results.theirs[round].ids.slice(0, length));
  });
  const name = `${as.count(setup.stored)} stored`;
  const bytes = compare(results, ({ perFresh }) => perFresh);
  const own = median(results.ours.map((result) => result.own));
  const ends = { ours: median(results.ours.map(({ end }) => end)), theirs: median(results.theirs.map(({ end }) => end)) };
  return [
    row(`${name}: bytes of bodies for each new activity (itself: ${as.bytes(own)})`, bytes, as.bytes, goal('≤ 1.5 × itself', bytes.ours <= 1.5 * own)),
    row(`${name}: requests for each new activity`, compare(results, ({ requestsPerFresh }) => requestsPerFresh), as.count),
    ...(setup.stored > 0 ? [row(`${name}: bytes of bodies for the history`, compare(results, ({ history }) => history.down), as.bytes)] : []),
    row(`${name}: a new activity is given after (intervals)`, compare(results, ({ late }) => late), as.intervals),
    row(`${name}: the stream ends after its session by (intervals)`, ends, endText, goal('≤ 1', ends.ours <= 1)),
  ];
}

export async function run({ quick, log }) {
  const setups = (quick ? [0, 4000] : [0, 400, 4000]).map((stored) => ({ stored, fresh: quick ? 3 : 10 }));
  const rows = [];
  for (const setup of setups) {
    log(`${setup.stored} stored`);
    rows.push(...(await rowsOf(setup, quick ? 3 : 5)));
  }
  return {
    title: 'Streaming',
    about: [
      'On the emulator, over HTTP. `session(id).stream()` of a session that has 0, 400 or 4,000 activities stored; then one comes',
      `every ${INTERVALS_A_STEP} polling intervals of ${INTERVAL} ms. Counted from the moment that the last stored activity was given until the last new one was.`,
      'The official SDK reads everything again at each poll; with 4,000 stored that takes longer here than an interval, so it polls',
      'less often for each new activity than it would at 5 s. An activity’s own bytes are those of its body when it is asked for',
      'alone.',
    ],
    tables: [{ rows }],
    notes: quick ? ['Quick mode leaves out 400.'] : [],
  };
}
