/** Stores of journals in Chromium: IndexedDB, also across pages. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { chromium } from 'playwright-core';
import { serve } from './support/server.mjs';
import { installed, project } from './tools.mjs';

const IMPORTS = { imports: { 'jules-wasm': '/package/index.js', 'jules-wasm/emulator': '/package/emulator.js', 'jules-wasm/stores': '/package/stores.js' } };
const PAGE = `<!doctype html><script type="importmap">${JSON.stringify(IMPORTS)}</script>`;

test('IndexedDB keeps the contract in Chromium, and a batch goes on in another page after its own has crashed', async (t) => {
  const site = await serve(t, ({ path }, response) => {
    if (path === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    const file = path.startsWith('/package/') ? join(installed, path.slice(9)) : join(project, 'tests', 'package', 'support', path);
    if (!existsSync(file)) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(file));
  });
  const browser = await chromium.launch({ executablePath: process.env.JULES_TEST_CHROME, args: ['--no-sandbox', '--disable-gpu'] });
  t.after(() => browser.close());
  const context = await browser.newContext();
  const open = async () => {
    const page = await context.newPage();
    await page.goto(site.origin);
    return page;
  };

  const first = await open();
  const broken = await first.evaluate(async () => {
    const { indexedDbStore } = await import('jules-wasm/stores');
    const { contract } = await import('/store-contract.js');
    return contract(() => indexedDbStore('contract'), true);
  });
  assert.deepEqual(broken, []);

  // The batch of the first page holds its journal, and its session never ends.
  await first.evaluate(async () => {
    const [{ connect }, { createEmulator }, { indexedDbStore }] = await Promise.all(
      ['jules-wasm', 'jules-wasm/emulator', 'jules-wasm/stores'].map((name) => import(name)),
    );
    const jules = connect({ ...(await createEmulator({ scenario: 'stall' })), config: { pollingIntervalMs: 20 } });
    await new Promise((resolve) => {
      const onProgress = ({ running }) => running === 1 && resolve();
      jules.batch(['a'], (prompt) => ({ prompt }), { key: (key) => key, journal: indexedDbStore('batch'), onProgress });
    });
  });
  const second = await open();
  const tryOpen = () =>
    second.evaluate(async () => {
      const { indexedDbStore } = await import('jules-wasm/stores');
      const store = indexedDbStore('batch');
      try {
        const { entries } = await store.open();
        await store.close();
        return entries.map(([key, record]) => [key, JSON.parse(record).is]);
      } catch (error) {
        return error.name;
      }
    });
  assert.equal(await tryOpen(), 'JulesJournalError');
  await first.close();
  // The browser releases the lock of a page some time after it is closed.
  await second.evaluate(() => navigator.locks.request('jules-wasm:batch', () => {}));
  assert.deepEqual(await tryOpen(), [['', 'batch'], ['a', 'created']]);
});
