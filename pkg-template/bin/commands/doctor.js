/** `doctor`: checks the set-up, with requests that change nothing. */
import { writeFile } from 'node:fs/promises';

import { EXIT } from '../exits.js';
import { isEnded } from '../print.js';

const DAY_MS = 86_400_000;
/** A larger difference between the clocks makes times in lists and logs misleading. */
const MOST_SKEW_MS = 60_000;
const ALL_SESSIONS = 'archived = true OR archived = false';

export default async function doctor({ jules, options, out, signal }) {
  const service = { skewMs: undefined };
  const checks = [];
  /** Runs a check, which returns its status and a text. Returns whether it did not fail. */
  const check = async (name, run) => {
    const [status, text] = await run().catch((error) => {
      if (error.code === 'aborted') throw error;
      return ['fail', error.message];
    });
    checks.push({ name, status, text });
    if (!out.isJson) out.text(`${out.style(COLOURS[status], status.padEnd(5))} ${name.padEnd(9)} ${text}\n`);
    return status !== 'fail';
  };

  await check('runtime', async () => ['ok', `Node ${process.versions.node} on ${process.platform}`]);
  if (await check('key', () => checkKey(jules, service, signal))) {
    await check('clock', async () => checkClock(service));
    await check('sources', () => checkSources(jules, signal));
    await check('quota', () => checkQuota(jules, service, signal));
  }
  const failed = checks.some(({ status }) => status === 'fail');
  const report = options.probe && !failed ? await probeTo(jules, options.report ?? 'jules-probe.json', signal) : undefined;
  out.result({ ok: !failed, checks, report }, () => (failed ? 'A check failed.' : `All checks passed.${report ? ` The report of the probe is in ${report}.` : ''}`));
  return failed ? EXIT.error : EXIT.ok;
}

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' };

/** The smallest request that needs a key. Also compares the service's clock, in the header `Date`, with that of this machine. */
async function checkKey(jules, service, signal) {
  const sent = Date.now();
  const { response } = await jules.request('GET /sources', { query: { pageSize: 1 }, signal }).withResponse();
  const date = Date.parse(response?.headers.get('date') ?? '');
  // The header has whole seconds: its time is half a second later on average.
  if (!Number.isNaN(date)) service.skewMs = date + 500 - (sent + Date.now()) / 2;
  return ['ok', 'the service accepts JULES_API_KEY'];
}

function checkClock({ skewMs }) {
  if (skewMs === undefined) return ['warn', 'the service sent no time'];
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) > MOST_SKEW_MS) return ['warn', `this clock is ${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} that of the service; set it by NTP`];
  return ['ok', `within ${Math.max(seconds, 1)} s of the service`];
}

async function checkSources(jules, signal) {
  let count = 0;
  for await (const source of jules.sources({ signal })) if (source) count++;
  return count > 0 ? ['ok', `${count} repositories`] : ['warn', 'no repositories; install the Jules app on one in the web app'];
}

/** The API reports neither the plan nor its quota: the sessions of the last 24 hours are counted, archived ones included. */
async function checkQuota(jules, { skewMs = 0 }, signal) {
  const since = Date.now() + skewMs - DAY_MS;
  let [created, running] = [0, 0];
  for await (const session of jules.sessions({ filter: ALL_SESSIONS, pageSize: 100, signal })) {
    if (Date.parse(session.createTime) < since) break;
    created++;
    if (!isEnded(session) && session.state !== 'paused') running++;
  }
  return ['ok', `${created} sessions created within 24 hours (plans allow 15, 100 or 300), ${running} of them run (3, 15 or 60)`];
}

async function probeTo(jules, file, signal) {
  const { probe } = await import('../probe.js');
  await writeFile(file, `${JSON.stringify(await probe(jules, signal), null, 2)}\n`);
  return file;
}
