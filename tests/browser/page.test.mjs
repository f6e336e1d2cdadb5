/** The example page in Chromium, on the built package. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { chromium } from 'playwright-core';

import { ensureChromium } from '../../scripts/lib/browsers.mjs';
import { serve } from '../../scripts/serve.mjs';

const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const PHONE = { width: 390, height: 844 };

let site;
let browser;

before(async () => {
  const { chrome } = await ensureChromium();
  site = await serve();
  browser = await chromium.launch({ executablePath: chrome, args: ARGS });
});

after(async () => {
  await browser?.close();
  await site?.close();
});

/** Opens the page. `assertClean` checks that it logged no errors, sent no other requests and violated no policy. */
async function open(t, viewport = { width: 1280, height: 900 }) {
  const page = await browser.newPage({ viewport });
  page.setDefaultTimeout(10_000);
  const messages = [];
  const otherRequests = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) messages.push(message.text());
  });
  page.on('pageerror', (error) => messages.push(error.stack));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(site.url).origin) otherRequests.push(request.url());
  });
  await page.addInitScript(() => {
    globalThis.violations = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
      globalThis.violations.push(`${effectiveDirective} ${blockedURI}`);
    });
  });
  await page.goto(site.url);
  t.after(() => page.close());
  const assertClean = async () => {
    assert.deepEqual(messages, [], 'nothing on the console');
    assert.deepEqual(otherRequests, [], 'no request to another origin');
    assert.deepEqual(await page.evaluate(() => globalThis.violations), [], 'no violation of the content security policy');
  };
  return { page, assertClean };
}

async function start(page, { scenario, prompt, repository, ask = true }) {
  await page.getByLabel('Scenario').selectOption(scenario);
  await page.getByLabel('Pace').selectOption('Fast');
  if (prompt !== undefined) await page.getByLabel('What should Jules do?').fill(prompt);
  if (repository !== undefined) await page.getByLabel('Repository').fill(repository);
  await page.getByLabel('Require approval of the plan').setChecked(ask);
  await page.getByRole('button', { name: 'Start session' }).click();
}

const stateOf = (page, text) => page.locator('#state').filter({ hasText: text });
const timelineOf = (page) => page.getByRole('log', { name: 'Timeline' });
const section = (page, name) => page.getByRole('region', { name, exact: true });

test('a session shows its plan, question, files, image and pull request', async (t) => {
  const { page, assertClean } = await open(t);
  await start(page, { scenario: 'question' });
  await stateOf(page, 'Waiting for your approval').waitFor();
  const timeline = timelineOf(page);
  assert.equal(await timeline.getByRole('heading', { name: 'Plan' }).count(), 1);
  assert.ok((await timeline.locator('.plan li').count()) > 1);
  assert.equal(await section(page, 'Outcome').getByText('None yet.').count(), 1);

  await timeline.getByRole('button', { name: 'Approve the plan' }).click();
  await timeline.getByText('Approved the plan.').waitFor();
  await stateOf(page, 'Waiting for your reply').waitFor();
  await timeline.getByText('Which do you prefer?').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Approve the plan' }).count(), 0);

  await page.getByLabel('Your reply to Jules').fill('Remove it, please.');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByText(/^Reply: .*Remove it, please\./).waitFor();
  await timeline.getByText('Remove it, please.', { exact: true }).waitFor();

  await stateOf(page, 'Completed').waitFor();
  const link = section(page, 'Outcome').getByRole('link', { name: 'Give the start page a warm theme.' });
  await link.waitFor();
  assert.match(await link.getAttribute('href'), /^https:\/\/github\.com\/bobalover\/boba\/pull\/\d+$/);

  const files = section(page, 'Files');
  assert.deepEqual(await files.locator('.path').allTextContents(), [
    'README.md', 'docs/setup.md → docs/getting-started.md', 'scripts/check.sh', 'src/legacy.js', 'src/settings.js',
  ]);
  assert.deepEqual(await files.locator('.change').allTextContents(), ['created', 'renamed', 'created', 'deleted', 'modified']);
  const settings = files.locator('details').filter({ hasText: 'src/settings.js' }).last();
  assert.equal(await settings.locator('.counts').textContent(), '+3 −3');
  await settings.locator('summary').click();
  assert.equal(await settings.locator('.line--plus').count(), 3);
  assert.equal(await settings.locator('.line--minus').count(), 3);
  assert.ok(await settings.getByText("+  theme: 'warm',").isVisible());

  const image = section(page, 'Images').getByRole('img');
  assert.ok(await image.evaluate((node) => node.complete && node.naturalWidth > 0));
  await assertClean();
});

test('feedback results in a revised plan, and only the latest plan can be approved', async (t) => {
  const { page, assertClean } = await open(t);
  await start(page, { scenario: 'revise' });
  await stateOf(page, 'Waiting for your approval').waitFor();
  const timeline = timelineOf(page);
  await page.getByLabel('Message to Jules').fill('Add unit tests.');
  await page.getByRole('button', { name: 'Send' }).click();
  await timeline.getByRole('heading', { name: 'Plan' }).nth(1).waitFor();
  await timeline.getByText(/^Take in what you said\. It was “Add unit tests\.”/).waitFor();
  assert.equal(await timeline.getByRole('button', { name: 'Approve the plan' }).count(), 1);
  await timeline.getByRole('button', { name: 'Approve the plan' }).click();
  await stateOf(page, 'Completed').waitFor();
  await assertClean();
});

test('a message after the end makes the session active again, and its timeline continues without duplicates', async (t) => {
  const { page, assertClean } = await open(t);
  await start(page, { scenario: 'default', ask: false });
  await section(page, 'Outcome').getByRole('link').waitFor();
  const before = await timelineOf(page).locator('> li').count();
  await page.getByLabel('Message to Jules').fill('One more thing.');
  await page.getByRole('button', { name: 'Send' }).click();
  await timelineOf(page).getByText('The session completed.').nth(1).waitFor();
  assert.equal(await timelineOf(page).getByText('One more thing.', { exact: true }).count(), 1);
  assert.equal(await timelineOf(page).locator('> li').count(), before + 3);
  await assertClean();
});

test('a failed session shows its reason', async (t) => {
  const { page, assertClean } = await open(t);
  await start(page, { scenario: 'fail', ask: false });
  await stateOf(page, 'Failed').waitFor();
  await section(page, 'Outcome').getByText('Failed: Unable to install dependencies').waitFor();
  await timelineOf(page).getByText('The session failed: Unable to install dependencies').waitFor();
  assert.equal(await timelineOf(page).getByText('exit code 1').count(), 1);
  await assertClean();
});

test('a session without outputs shows that', async (t) => {
  const { page, assertClean } = await open(t);
  await start(page, { scenario: 'no-outputs', ask: false });
  await section(page, 'Outcome').getByText('Completed without outputs.').waitFor();
  await assertClean();
});

test('unknown data is shown raw, and known data as usual', async (t) => {
  const { page, assertClean } = await open(t);
  await start(page, { scenario: 'future', ask: false });
  await stateOf(page, 'Completed').waitFor();
  const timeline = timelineOf(page);
  await timeline.getByText('Raw data').last().click();
  await timeline.getByText('"futureEvent"').waitFor();
  assert.ok(await timeline.getByText('Wrote the first version').isVisible());
  await assertClean();
});

test('errors are shown, and the next session starts normally', async (t) => {
  const { page, assertClean } = await open(t);
  const error = page.getByRole('alert');
  await start(page, { scenario: 'default', prompt: ' ' });
  await error.filter({ hasText: 'InvalidArgumentError prompt' }).waitFor();
  await start(page, { scenario: 'default', prompt: 'Tidy up', repository: 'boba' });
  await error.filter({ hasText: 'source.github' }).waitFor();
  await start(page, { scenario: 'forbidden', repository: '' });
  await error.filter({ hasText: 'JulesAuthenticationError' }).waitFor();
  assert.ok(await stateOf(page, 'Not started').isVisible());
  await start(page, { scenario: 'default', ask: false });
  await stateOf(page, 'Completed').waitFor();
  assert.ok(await error.isHidden());
  await assertClean();
});

test('a new session replaces a running one', async (t) => {
  const { page, assertClean } = await open(t);
  const timeline = timelineOf(page);
  await start(page, { scenario: 'default', prompt: 'The first one', ask: false });
  await timeline.getByText('“The first one” touches').waitFor();
  await start(page, { scenario: 'revive', prompt: 'The second one', ask: false });
  await section(page, 'Outcome').getByRole('link', { name: 'The second one' }).waitFor();
  assert.equal((await timeline.textContent()).includes('The first one'), false);
  assert.ok(await page.getByRole('alert').isHidden());
  await assertClean();
});

test('texts of the agent are never interpreted as HTML', async (t) => {
  const { page, assertClean } = await open(t);
  const prompt = '<img src=x onerror="document.title=\'taken\'"><b>bold</b>';
  await start(page, { scenario: 'default', prompt, ask: false });
  await stateOf(page, 'Completed').waitFor();
  assert.ok((await timelineOf(page).textContent()).includes(prompt));
  assert.equal(await page.locator('b').count(), 0);
  assert.equal(await timelineOf(page).locator('img').count(), 0);
  assert.equal(await page.title(), 'A Jules session in a page');
  await assertClean();
});

test('at the width of a phone nothing scrolls horizontally', async (t) => {
  const { page, assertClean } = await open(t, PHONE);
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(await width(), PHONE.width);
  const word = 'x'.repeat(300);
  await start(page, { scenario: 'question', prompt: `Write ${word}` });
  await page.getByRole('button', { name: 'Approve the plan' }).click();
  await stateOf(page, 'Waiting for your reply').waitFor();
  assert.equal(await width(), PHONE.width);
  await page.getByLabel('Your reply to Jules').fill(word);
  await page.getByRole('button', { name: 'Send' }).click();
  await section(page, 'Outcome').getByRole('link').waitFor();
  for (const file of await section(page, 'Files').locator('summary').all()) await file.click();
  assert.equal(await width(), PHONE.width);
  await assertClean();
});

test('the page can be used with only the keyboard', async (t) => {
  const { page, assertClean } = await open(t);
  await start(page, { scenario: 'question' });
  const approve = page.getByRole('button', { name: 'Approve the plan' });
  await approve.focus();
  await page.keyboard.press('Enter');
  await stateOf(page, 'Waiting for your reply').waitFor();
  await page.getByLabel('Your reply to Jules').focus();
  await page.keyboard.type('Keep it.');
  await page.keyboard.press('Enter');
  await stateOf(page, 'Completed').waitFor();
  const unnamed = await page.evaluate(() =>
    [...document.querySelectorAll('input, textarea, select')].filter((field) => field.labels.length === 0).length);
  assert.equal(unnamed, 0, 'every field has a label');
  await assertClean();
});

test('the server serves only the page and the package', async () => {
  const { origin } = new URL(site.url);
  const type = async (path) => {
    const response = await fetch(origin + path);
    await response.arrayBuffer();
    return response.status === 200 ? response.headers.get('content-type') : response.status;
  };
  assert.equal(await type('/examples/browser/'), 'text/html; charset=utf-8');
  assert.equal(await type('/examples/browser/page.js'), 'text/javascript; charset=utf-8');
  assert.equal(await type('/examples/browser/style.css'), 'text/css; charset=utf-8');
  assert.equal(await type('/pkg/jules.wasm'), 'application/wasm');
  for (const path of ['/', '/package.json', '/pkg/%2e%2e/package.json', '/pkg/..%2fscripts/run.js', '/%zz', '/pkg/none.js']) {
    assert.equal(await type(path), 404, path);
  }
});
