/** How long the first call blocks a page: the longest task of the main thread, by the browser's own trace. */
import { createServer } from 'node:http';

import { ensureChromium } from '../../scripts/lib/browsers.mjs';
import { inRoot } from '../../scripts/lib/run.mjs';
import { PAGE_BUNDLING } from '../../scripts/lib/sizes.mjs';
import { session } from './bodies.mjs';
import { StandIn } from './stand-in.mjs';
import { median } from './stats.mjs';
import { as, goal, row } from './table.mjs';

const PROGRAM = `
import { connect } from 'jules-wasm';
globalThis.firstCall = async () => {
  const client = connect({ apiKey: 'key', baseUrl: location.origin + '/v1alpha' });
  performance.mark('first-call-begin');
  const { state } = await client.session('1').info({ activities: false });
  performance.mark('first-call-end');
  return state;
};`;
/** By how much the processor is throttled, and the most milliseconds that a task is to take. */
const CASES = [
  { throttling: 1, what: 'longest task of the main thread at the first call', least: '< 50 ms', isMet: (ms) => ms < 50 },
  { throttling: 4, what: 'the same, CPU throttled 4 ×', least: '≤ 80 ms', isMet: (ms) => ms <= 80 },
];
const CATEGORIES = ['toplevel', 'disabled-by-default-devtools.timeline', 'blink.user_timing', '__metadata'];

/** @returns {Promise<object[]>} rows */
export async function chromiumRows(rounds, versions) {
  const { chrome } = await ensureChromium();
  const { chromium } = await import('playwright-core');
  const site = await servePage();
  const browser = await chromium.launch({ executablePath: chrome, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    versions.Chromium = browser.version();
    const rows = [];
    for (const { throttling, what, least, isMet } of CASES) {
      const times = [];
      for (let round = 0; round < rounds; round++) times.push(await longestTask(browser, site.url, throttling));
      const ours = median(times);
      rows.push(row(what, { ours }, as.millis, goal(least, isMet(ours))));
    }
    return rows;
  } finally {
    await browser.close();
    await site.close();
  }
}

async function longestTask(browser, url, throttling) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForFunction(() => globalThis.firstCall);
    const devTools = await context.newCDPSession(page);
    await devTools.send('Emulation.setCPUThrottlingRate', { rate: throttling });
    await browser.startTracing(page, { categories: CATEGORIES });
    const state = await page.evaluate(() => globalThis.firstCall());
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    if (state !== 'inProgress') throw new Error(`the state is ${state}`);
    return longestOf(traceEvents);
  } finally {
    await context.close();
  }
}

/** Milliseconds of the longest task on the thread of both marks that has a part between them. */
function longestOf(events) {
  const mark = (name) => events.find((event) => event.name === name && event.cat.includes('blink.user_timing'));
  const [begin, end] = [mark('first-call-begin'), mark('first-call-end')];
  if (!begin || !end) throw new Error('the trace has no marks of the first call');
  const tasks = events.filter(
    ({ name, pid, tid, ts, dur = 0 }) => name.endsWith('RunTask') && pid === begin.pid && tid === begin.tid && ts + dur >= begin.ts && ts <= end.ts,
  );
  if (tasks.length === 0) throw new Error('the trace has no tasks of the main thread');
  return Math.max(...tasks.map(({ dur = 0 }) => dur)) / 1000;
}

/** The page, its bundle in chunks, and the service, on one origin. */
async function servePage() {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: inRoot('benches'), sourcefile: 'page.js' },
    outdir: '/out',
    entryNames: 'page',
    ...PAGE_BUNDLING,
    logLevel: 'error',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path.replace(/^.*[\\/]out[\\/]/, '/'), { type: 'text/javascript', bytes: contents }]));
  files.set('/', { type: 'text/html', bytes: '<!doctype html><script type="module" src="/page.js"></script>' });
  const standIn = new StandIn({ sessions: [{ ...session(1), id: '1', name: 'sessions/1' }] });
  const server = createServer((request, response) => {
    const file = files.get(request.url);
    const { status = 200, type = 'application/json', bytes } = file ?? (request.url.startsWith('/v1alpha/') ? standIn.answer(request.url) : { status: 404, bytes: '' });
    response.writeHead(status, { 'content-type': type }).end(bytes);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
