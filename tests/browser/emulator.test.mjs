/** The emulator produces the same bytes in Node and in a browser. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { chromium } from 'playwright-core';

import { ensureChromium } from '../../scripts/lib/browsers.mjs';
import { serve } from '../../scripts/serve.mjs';

let site;
let browser;

before(async () => {
  const { chrome } = await ensureChromium();
  site = await serve();
  browser = await chromium.launch({ executablePath: chrome, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
});

after(async () => {
  await browser?.close();
  await site?.close();
});

/** Runs a session with faults and returns everything observable. Also runs in the page, so it uses nothing of this module. */
async function run({ client, emulator: emulatorUrl, seed }) {
  const { connect } = await import(client);
  const { createEmulator } = await import(emulatorUrl);
  const emulator = await createEmulator({
    seed,
    clock: 'virtual',
    scenario: 'question',
    stepMs: 600_000,
    faults: [
      { on: 'get', probability: 0.4, fault: { status: 503, retryAfter: 0 } },
      { on: 'activities', probability: 0.3, fault: { reset: true } },
      { on: 'activities', fault: { maxPageSize: 2 } },
      { on: 'activities', fault: { emptyPages: true } },
      { fault: { skewMs: 60_000 } },
    ],
  });
  const bodies = [];
  const fetch = async (url, init) => {
    const response = await emulator.fetch(url, init);
    bodies.push(await response.clone().text());
    return response;
  };
  const config = { pollingIntervalMs: 1, rateLimitRetry: { baseDelayMs: 1, maxDelayMs: 1 } };
  const jules = connect({ ...emulator, fetch, config });
  const session = await jules.session({ prompt: 'Write hello.ts', source: { github: 'owner/repo', baseBranch: 'main' } });
  await session.waitFor('awaitingPlanApproval');
  await session.approve();
  await session.waitFor('awaitingUserFeedback');
  await session.send('Remove the old theme.');
  const outcome = await session.result();
  for await (const { id } of session.stream()) bodies.push(id);
  return JSON.stringify({ outcome, bodies, requests: emulator.requests, sessions: emulator.sessions(), now: emulator.now });
}

test('the same seed produces the same log, responses and outcome in Node and in Chromium', async (t) => {
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.goto(site.url);
  const pkg = new URL('../../pkg/', import.meta.url);
  for (const seed of [1, 2]) {
    const here = await run({ client: new URL('index.js', pkg).href, emulator: new URL('emulator.js', pkg).href, seed });
    const there = await page.evaluate(run, { client: '/pkg/index.js', emulator: '/pkg/emulator.js', seed });
    assert.equal(there, here);
    const { requests } = JSON.parse(here);
    assert.ok(requests.some(({ fault }) => fault === 'status') && requests.some(({ fault }) => fault === 'reset'));
  }
});
