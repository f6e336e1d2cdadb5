/**
 * Watching sessions to their end: requests, bytes, the delay until the caller gets the end, and how evenly requests are
 * spread. On the emulator, over HTTP; the emulator is in this process, each client in one of its own.
 */
import { serve } from '../pkg/bin/server.js';
import { same } from './lib/check.mjs';
import { runKernel } from './lib/child.mjs';
import { compare, interleave, median, quantile } from './lib/stats.mjs';
import { as, goal, row } from './lib/table.mjs';

/** A step of the agent takes three intervals: 15 s at the usual 5 s. */
const INTERVALS_A_STEP = 3;
const LENGTHS = 10;

const FILES = {
  2: [{ path: 'README.md', after: '# Guide\n\nHow to use it.\n' }],
  4: [{ path: 'src/settings.js', before: 'export const retries = 1;\n', after: 'export const retries = 3;\n' }],
};

/** A session of that many steps: a plan, progress with changes and one screenshot, the end. */
function script(steps) {
  const work = Array.from({ length: Math.max(5, steps - 5) }, (_, index) => ({
    progress: {
      title: `Step ${index}`,
      description: 'Read the parts that the task touches, and ran the tests once more.',
      ...(FILES[index] && { files: FILES[index] }),
      ...(index === 3 && { screenshot: true }),
    },
  }));
  return ['opening', ...work, { say: 'All is done.' }, { complete: {} }];
}

/** Sessions have different lengths: from 55 to 100 percent of the longest. */
const scenarios = (steps) =>
  Object.fromEntries(
    Array.from({ length: LENGTHS }, (_, index) => [`work-${index}`, script(Math.round(steps * (0.55 + 0.05 * index)))]),
  );

async function watchOnce(side, { sessions, interval, steps }) {
  const server = await serve({ port: 0, apiKey: 'key', stepMs: interval * INTERVALS_A_STEP, scenarios: scenarios(steps) });
  try {
    const prompts = Array.from({ length: sessions }, (_, index) => `Task ${index} [emulator: work-${(index + LENGTHS - 1) % LENGTHS}]`);
    const result = await runKernel('watch', { side, baseUrl: server.baseUrl, interval, prompts });
    const late = [];
    let longest = 0;
    for (const { id, at, state } of result.ended) {
      const answer = await server.emulator.fetch(`${server.emulator.baseUrl}/sessions/${id}`, { headers: { 'x-goog-api-key': 'key' } });
      const session = await answer.json();
      same(`the state of ${id}`, state.toUpperCase(), session.state);
      late.push((at - Date.parse(session.updateTime)) / interval);
      longest = Math.max(longest, (Date.parse(session.updateTime) - Date.parse(session.createTime)) / interval);
    }
    same('the sessions that ended', result.ended.map(({ id }) => id).sort(), server.emulator.sessions().map(({ id }) => id).sort());
    return { ...result, late, longest };
  } finally {
    await server.close();
  }
}

const found = ({ ended }) => ended.map(({ prompt, state, pullRequest, files }) => ({ prompt, state, pullRequest, files }));

/** Where neither client keeps a core busy, both run at the same time, which takes half as long as in turn and does not change the results. */
async function atOneTime(rounds, measure) {
  const results = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    const [ours, theirs] = await Promise.all([measure('ours'), measure('theirs')]);
    results.ours.push(ours);
    results.theirs.push(theirs);
  }
  return results;
}

async function watchTable(setup, rounds) {
  const results = await (setup.together ? atOneTime : interleave)(rounds, (side) => watchOnce(side, setup));
  results.ours.forEach((mine, round) => same('outcomes', found(mine), found(results.theirs[round])));
  const name = setup.sessions === 1 ? '1 session' : `${setup.sessions} sessions`;
  const requests = compare(results, ({ watching }) => watching.requests);
  const requestGoal =
    setup.sessions === 60
      ? goal('≤ 5 % of theirs', requests.ours <= 0.05 * requests.theirs)
      : setup.sessions === 1 ? goal('not more than theirs', requests.ours <= requests.theirs) : undefined;
  const longest = Math.round(median(results.theirs.map((result) => result.longest)));
  const rows = [
    row(`${name}: requests while watching`, requests, as.count, requestGoal),
    row(`${name}: requests to create`, compare(results, ({ creating }) => creating.requests), as.count),
    row(`${name}: requests in all`, compare(results, ({ creating, watching }) => creating.requests + watching.requests), as.count),
    row(`${name}: bytes of bodies received while watching`, compare(results, ({ watching }) => watching.down), as.bytes),
    row(`${name}: bytes of request lines and bodies sent while watching`, compare(results, ({ watching }) => watching.up), as.bytes),
    row(`${name}: the end is known after, median (intervals)`, compare(results, ({ late }) => median(late)), as.intervals),
    ...(setup.sessions === 1 ? [] : [row(`${name}: the same, 95th percentile`, compare(results, ({ late }) => quantile(late, 0.95)), as.intervals)]),
    row(`${name}: processor time of the client's process, import excluded`, compare(results, ({ cpu }) => cpu), as.micros),
  ];
  const caption = `${setup.sessions} watched, polling every ${setup.interval} ms; the longest session takes ${longest} intervals${setup.together ? '; both at one time' : ''}`;
  return { caption, rows };
}

const BURST = { sessions: 100, interval: 1000, window: 100 };

/** Archived sessions are not in the list, so each is polled alone. */
async function burstOnce(side, intervals) {
  const server = await serve({ port: 0, apiKey: 'key', stepMs: 1000, scenario: 'stall' });
  try {
    const call = async (path, body = {}) => {
      const init = { method: 'POST', headers: { 'x-goog-api-key': 'key', 'content-type': 'application/json' }, body: JSON.stringify(body) };
      return (await server.emulator.fetch(`${server.emulator.baseUrl}/${path}`, init)).json();
    };
    const ids = [];
    for (let index = 0; index < BURST.sessions; index++) {
      const { id } = await call('sessions', { prompt: `Task ${index}` });
      await call(`sessions/${id}:archive`);
      ids.push(id);
    }
    const sent = await runKernel('burst', { side, baseUrl: server.baseUrl, interval: BURST.interval, ids, intervals });
    const asked = new Set(sent.map(({ path }) => path.match(/sessions\/(\d+)/)?.[1]).filter(Boolean));
    // A list of archived sessions would also show them.
    const isListed = sent.some(({ query }) => decodeURIComponent(query).includes('archived'));
    if (!isListed) same('every session is asked for', ids.filter((id) => !asked.has(id)), []);
    return spread(sent.map(({ at }) => at), intervals);
  } finally {
    await server.close();
  }
}

/** Peak and mean per window, from the second interval on: the first polls are sent when the caller asks. */
function spread(times, intervals) {
  const first = BURST.interval / BURST.window;
  const counts = Array(first * intervals).fill(0);
  for (const at of times) if (at < intervals * BURST.interval) counts[Math.floor(at / BURST.window)]++;
  const later = counts.slice(first);
  const mean = later.reduce((total, count) => total + count, 0) / later.length;
  return { peak: Math.max(...later), mean, peakToMean: Math.max(...later) / mean };
}

async function burstRows(rounds, intervals) {
  const results = await atOneTime(rounds, (side) => burstOnce(side, intervals));
  const even = compare(results, ({ peakToMean }) => peakToMean);
  return [
    row('requests in the busiest 100 ms', compare(results, ({ peak }) => peak), as.count),
    row('mean in 100 ms', compare(results, ({ mean }) => mean), as.count),
    row('busiest to mean', even, as.count, goal('≤ 3', even.ours <= 3)),
  ];
}

export async function run({ quick, log }) {
  const rounds = quick ? 3 : 5;
  // Long enough that neither client keeps its core busy: otherwise the delay would depend on the machine.
  const setups = quick
    ? [
        { sessions: 1, interval: 40, steps: 15, together: true },
        { sessions: 60, interval: 150, steps: 15, together: true },
      ]
    : [
        { sessions: 1, interval: 40, steps: 24, together: true },
        { sessions: 20, interval: 60, steps: 18 },
        { sessions: 60, interval: 140, steps: 24 },
      ];
  const tables = [];
  for (const setup of setups) {
    log(`${setup.sessions} watched`);
    tables.push(await watchTable(setup, rounds));
  }
  log('spread');
  tables.push({
    caption: `${BURST.sessions} sessions that are in no list (archived), watched from one instant on, polling every ${BURST.interval} ms; from the second interval on; both at one time`,
    rows: await burstRows(rounds, quick ? 3 : 4),
  });
  return {
    title: 'Watching sessions to their end',
    about: [
      'On the emulator, over HTTP. `run`, then `result`, for all sessions at once, with a repository; the sessions are of ten',
      'lengths, and something happens in each every three intervals. A body counts as it is before any compression. How late',
      'the end is known is counted from the time at which the session ended by the service, in polling intervals, to the',
      "caller's promise; half an interval is what polling costs in the mean. The official SDK asks for the repository before each create.",
    ],
    tables,
    notes: quick
      ? ['Quick sessions are shorter than real ones, so what each costs once (its last poll, its outputs) weighs more than in the full run; 20 sessions are left out.']
      : [],
  };
}

