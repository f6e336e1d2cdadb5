/** The recipes of the cookbook, run as by their users: on the installed package, and on the emulator over HTTP. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { connect } from 'jules-wasm';
import { chromium } from 'playwright-core';

import { startEmulator } from '../package/support/emulator-program.mjs';
import { project } from '../package/tools.mjs';

const folder = join(project, 'examples', 'cookbook');
const preload = pathToFileURL(join(project, 'tests', 'examples', 'service.mjs')).href;
const example = (name) => import(pathToFileURL(join(folder, name)).href);
const temporary = mkdtempSync(join(tmpdir(), 'cookbook-'));

const stops = [];
let service;
let jules;

before(async () => {
  service = await startEmulator({ after: (stop) => stops.push(stop) }, '--step-ms', '10', '--api-key', 'key-of-the-test', '--quiet');
  jules = connect({ baseUrl: service.baseUrl, apiKey: service.apiKey, config: { pollingIntervalMs: 2000 } });
  Object.assign(process.env, { JULES_TEST_SERVICE: service.baseUrl, JULES_API_KEY: service.apiKey });
  await import(preload);
});
after(() => {
  for (const stop of stops) stop();
  rmSync(temporary, { recursive: true, force: true });
});

/** Runs a recipe with these arguments. `answers` are typed one after the other, each at a question that ends with a colon. */
async function run(name, args = [], { env = {}, cwd = temporary, answers = [] } = {}) {
  const child = spawn(process.execPath, ['--import', preload, join(folder, name), ...args], { cwd, env: { ...process.env, ...env } });
  let [stdout, stderr, asked] = ['', '', 0];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    for (const questions = stdout.match(/: $|: (?=\n)/g)?.length ?? 0; asked < questions; asked++) child.stdin.write(`${answers[asked] ?? ''}\n`);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

/** A session that has reached this state. */
async function sessionIn(state, config = {}) {
  const session = await jules.session({ prompt: 'Fix it', source: { github: 'owner/repo', baseBranch: 'main' }, ...config });
  assert.equal((await session.waitFor(state)).state, state);
  return session;
}

const completed = (config) => sessionIn('completed', { requireApproval: false, ...config });

test('the page of the cookbook shows the recipes as they are, and all of them', () => {
  const page = readFileSync(join(project, 'docs', 'cookbook.md'), 'utf8');
  const shown = [...page.matchAll(/^<!-- source: (\S+) -->\n\n```\w+\n(.*?)^```$/gms)];
  for (const [, file, source] of shown) assert.equal(source, readFileSync(join(folder, file), 'utf8'), `${file}: run \`npm run cookbook\``);
  const files = readdirSync(folder, { recursive: true }).filter((file) => !file.startsWith('node_modules') && statSync(join(folder, file)).isFile());
  const recipes = files.filter((file) => extname(file) !== '.json').map((file) => file.replaceAll('\\', '/'));
  assert.deepEqual(shown.map(([, file]) => file).sort(), recipes.sort());
});

test('the page about batches shows the example of BullMQ as it is', () => {
  const page = readFileSync(join(project, 'docs', 'batches.md'), 'utf8');
  const shown = [...page.matchAll(/^<!-- source: (\S+) -->\n\n```\w+\n(.*?)^```$/gms)];
  assert.deepEqual(shown.map(([, file]) => file), ['sessions.mjs', 'journal.mjs']);
  for (const [, file, source] of shown) assert.equal(source, readFileSync(join(project, 'examples', 'bullmq', file), 'utf8'), `${file}: run \`npm run cookbook\``);
});

test('plans are approved from a terminal, or get feedback, or are left alone', async () => {
  const sessions = [];
  for (let count = 0; count < 3; count++) sessions.push(await sessionIn('awaitingPlanApproval', { prompt: '[emulator: revise] Fix it' }));
  const { code, stdout, stderr } = await run('approve-plans.mjs', [], { answers: ['y', 'Fewer steps, please.', ''] });
  assert.equal(code, 0, stderr);
  assert.equal(stdout.match(/^1\. /gm).length, 3);
  // The newest is asked about first.
  await sessions[2].waitFor('completed');
  const messages = await sessions[1].activities.select({ type: 'userMessaged' });
  assert.deepEqual(messages.map(({ message }) => message), ['Fewer steps, please.']);
  assert.equal((await sessions[0].info()).state, 'awaitingPlanApproval');
  for (const session of sessions) await session.delete();
});

test('questions are answered until the session ends', async () => {
  const { code, stdout, stderr } = await run('answer-questions.mjs', ['[emulator: question] Fix it']);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.match(/^Jules asks: /gm).length, 1);
  assert.match(stdout, /^completed https:/m);
});

test('a session whose revised plan is still too long is deleted', async () => {
  const before = (await jules.sessions().all()).length;
  const { code, stdout, stderr } = await run('reject-plan.mjs', ['[emulator: revise] Fix it']);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'Deleted (needsApproval).\n');
  assert.equal((await jules.sessions().all()).length, before);
});

test('the files of a session are saved in a new folder', async () => {
  const session = await completed();
  const target = join(temporary, 'saved');
  const { code, stdout, stderr } = await run('save-files.mjs', [session.id, target]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Saved: README\.md$/m);
  const created = (await session.result()).generatedFiles().get('README.md');
  assert.equal(readFileSync(join(target, 'README.md'), 'utf8'), created.content);
  const again = await run('save-files.mjs', [session.id, target]);
  assert.match(again.stderr, /EEXIST/, 'a folder that exists may have links');
});

test('a path that leaves the folder is refused', async (t) => {
  const patch = (path) => `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;
  const unidiffPatch = ['../evil', 'a/../../evil', 'fine/..evil'].map(patch).join('');
  const state = { name: 'sessions/7', id: '7', state: 'COMPLETED', outputs: [{ changeSet: { gitPatch: { unidiffPatch } } }] };
  const server = createServer((_, response) => response.end(JSON.stringify(state))).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const env = { JULES_TEST_SERVICE: `http://127.0.0.1:${server.address().port}` };
  const { code, stdout, stderr } = await run('save-files.mjs', ['7', join(temporary, 'inside')], { env });
  assert.equal(code, 1);
  assert.equal(stderr.match(/^Refused: /gm).length, 2, stderr);
  assert.equal(stdout, 'Saved: fine/..evil\n');
  assert.ok(!existsSync(join(temporary, 'evil')));
});

/** An empty repository, and git in it. */
function emptyRepository() {
  const cwd = mkdtempSync(join(temporary, 'repository-'));
  const git = (...args) => spawnSync('git', args, { cwd, encoding: 'utf8' }).stdout;
  git('init', '--quiet');
  return { cwd, git };
}

test('a patch is applied and staged', async () => {
  const session = await completed({ source: undefined });
  const { cwd, git } = emptyRepository();
  const { code, stdout, stderr } = await run('apply-patch.mjs', [session.id], { cwd });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Staged\. Suggested message: /m);
  const paths = (await session.result()).generatedFiles().all().map(({ path }) => path);
  assert.deepEqual(git('diff', '--cached', '--name-only').trim().split('\n'), paths.sort());
});

test('a patch that does not fit changes nothing', async () => {
  const session = await completed();
  const { cwd, git } = emptyRepository();
  const { code, stderr } = await run('apply-patch.mjs', [session.id], { cwd });
  assert.equal(code, 1);
  assert.match(stderr, /The patch was made for the commit [0-9a-f]+/);
  assert.deepEqual([git('diff', '--cached', '--name-only'), readdirSync(cwd)], ['', ['.git']]);
});

test('a session without a patch is reported', async () => {
  const { id } = await sessionIn('failed', { prompt: '[emulator: fail] Fix it', requireApproval: false });
  const { code, stderr } = await run('apply-patch.mjs', [id]);
  assert.equal(code, 1);
  assert.match(stderr, /^No patch: /);
});

test('a quota that is used up and a network that is gone have different advice', async (t) => {
  const created = await run('quota-and-network.mjs', ['Fix it']);
  assert.match(created.stdout, /^Created: \d+$/m, created.stderr);
  const limits = [['--daily-quota', '0'], ['--concurrent-quota', '0'], ['--concurrent-quota', '0', '--quota-failure', 'failedPrecondition']];
  for (const limit of limits) {
    const full = await startEmulator(t, '--api-key', service.apiKey, '--quiet', ...limit);
    const refused = await run('quota-and-network.mjs', ['Fix it'], { env: { JULES_TEST_SERVICE: full.baseUrl } });
    assert.deepEqual([refused.code, refused.stderr.includes('The quota is used up. No session was created.')], [75, true], refused.stderr);
  }
  const gone = await run('quota-and-network.mjs', ['Fix it'], { env: { JULES_TEST_SERVICE: 'http://127.0.0.1:1' } });
  assert.deepEqual([gone.code, gone.stderr.includes('The network is gone. No session was created.')], [75, true], gone.stderr);
});

test('the script of the GitHub Action writes the summary and the pull request of an issue', async () => {
  const [output, summary] = ['output', 'summary'].map((name) => join(temporary, name));
  const env = { GITHUB_REPOSITORY: 'owner/repo', GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary, TITLE: 'The page is blank', BODY: 'Fix it', BRANCH: 'main' };
  const { code, stdout, stderr } = await run('github-action/jules.mjs', [], { env });
  assert.equal(code, 0, stdout + stderr);
  assert.match(readFileSync(output, 'utf8'), /^pull-request=https:\/\/github\.com\/owner\/repo\/pull\/\d+\n$/);
  assert.match(readFileSync(summary, 'utf8'), /^- State: completed$/m);
  const failed = await run('github-action/jules.mjs', [], { env: { ...env, TITLE: '[emulator: fail] x' } });
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /^::error::The session ended with "failed"/m);
});

/** The events of a server-sent event stream, and their ids. */
function eventsOf(text) {
  return [...text.matchAll(/^id: (.+)\ndata: (.+)\n$/gm)].map(([, id, data]) => ({ id, ...JSON.parse(data) }));
}

/** A server of sessions creates one, follows it by events, resumes after one of them, and refuses invalid input. */
async function checkServer(request) {
  const response = await request('/sessions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"prompt":"Fix it"}' });
  assert.equal(response.status, 201);
  const { id } = await response.json();
  const stream = await request(`/sessions/${id}/events`);
  assert.match(stream.headers.get('content-type'), /^text\/event-stream(;|$)/);
  const events = eventsOf(await stream.text());
  assert.equal(events.at(-1).type, 'sessionCompleted');
  const rest = eventsOf(await (await request(`/sessions/${id}/events`, { headers: { 'last-event-id': events.at(-3).cursor } })).text());
  assert.deepEqual(rest.map(({ cursor }) => cursor), events.slice(-2).map(({ cursor }) => cursor));
  const invalid = await request('/sessions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  assert.deepEqual([invalid.status, (await invalid.json()).code], [400, 'invalid_argument']);
  const malformed = await request('/sessions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' });
  assert.equal(malformed.status, 400);
}

test('Express serves sessions and their events', async (t) => {
  const { app } = await example('express.mjs');
  const server = app.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  await checkServer((path, init) => fetch(`http://127.0.0.1:${server.address().port}${path}`, init));
});

test('Hono serves sessions and their events', async () => {
  const { default: app } = await example('hono.mjs');
  await checkServer((path, init) => app.request(path, init));
});

test('a route of Next.js serves the events of a session', async () => {
  const { GET } = await example('next/route.mjs');
  const { id } = await completed();
  const get = (id) => GET(new Request('http://localhost/'), { params: Promise.resolve({ id }) });
  assert.equal(eventsOf(await (await get(id)).text()).at(-1).type, 'sessionCompleted');
  assert.equal((await get('../sources')).status, 400);
});

test('the cron of the Worker creates one session a week, and approves its plan', async () => {
  const { default: worker } = await example('cloudflare/worker.mjs');
  const env = { JULES_API_KEY: service.apiKey };
  const weekly = { cron: '0 6 * * MON', scheduledTime: Date.UTC(2026, 7, 24, 6) };
  const often = { cron: '*/10 * * * *', scheduledTime: Date.UTC(2026, 7, 24, 6, 10) };
  const titles = async () => (await jules.sessions().all()).filter(({ title }) => title.startsWith('Update dependencies '));
  await worker.scheduled(often, env);
  assert.equal((await titles()).length, 0);
  await worker.scheduled(weekly, env);
  const [{ id, title }] = await titles();
  assert.equal(title, 'Update dependencies 2026-08-24');
  await jules.session(id).waitFor('awaitingPlanApproval');
  await worker.scheduled(weekly, env);
  assert.equal((await titles()).length, 1);
  await worker.scheduled(often, env);
  assert.equal((await jules.session(id).result()).state, 'completed');
  assert.ok((await (await worker.fetch(new Request('http://localhost/'), env)).json()).some((session) => session.id === id));
});

/** A stand-in for D1 with the table of the Worker. */
function database() {
  const rows = new Map();
  const statement = (name, revision, state) => ({
    first: async (column) => rows.get(name)?.[column] ?? null,
    run: async () => {
      const isNext = !rows.has(name) || rows.get(name).revision === revision - 1;
      if (isNext) rows.set(name, { revision, state });
      return { meta: { changes: Number(isNext) } };
    },
  });
  return { rows, prepare: () => ({ bind: statement }) };
}

test('the cron of the Worker advances its batch, and two runs at a time create nothing twice', async () => {
  const { default: worker } = await example('cloudflare-batch/worker.mjs');
  const DB = database();
  const env = { JULES_API_KEY: service.apiKey, DB };
  const state = () => JSON.parse(DB.rows.get('flaky-tests-1').state);
  const both = await Promise.allSettled([worker.scheduled({}, env), worker.scheduled({}, env)]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.match(both.find(({ reason }) => reason).reason.message, /another tick of this batch is running/);
  for (let runs = 0; !state().done; runs++) {
    assert.ok(runs < 20, JSON.stringify(state()));
    await Promise.all(state().items.map(({ sessionId }) => sessionId && jules.session(sessionId).result()));
    await worker.scheduled({}, env);
  }
  const sessions = (await jules.sessions().all()).filter(({ title }) => /^(login|invoice|search) \[/.test(title));
  assert.equal(sessions.length, 3);
  const { revision } = state();
  await worker.scheduled({}, env);
  assert.equal(state().revision, revision, 'a tick of a batch that is done changes nothing');
});

test('the page gets the service through the proxy, which adds the key and allows nothing else', async (t) => {
  const { server } = await example('browser/proxy.mjs');
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const site = `http://127.0.0.1:${server.address().port}`;
  const client = connect({ baseUrl: `${site}/api/jules`, apiKey: 'unused', config: { pollingIntervalMs: 2000 } });
  const session = await client.run({ prompt: 'Fix it' });
  assert.equal((await session.result()).state, 'completed');
  await assert.rejects(session.delete(), { status: 403 });
  assert.match(await (await fetch(`${site}/`)).text(), /baseUrl: '\/api\/jules'/);
  assert.match(await (await fetch(`${site}/jules-wasm/index.js`)).text(), /import/);
  for (const path of ['/..%2fpackage.json', '/jules-wasm/..%2f..%2fpackage.json', '/proxy.mjs']) assert.equal((await fetch(site + path)).status, 404, path);
});

test('the page follows a session in Chromium, by the proxy', async (t) => {
  const { server } = await example('browser/proxy.mjs');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await chromium.launch({ executablePath: process.env.JULES_TEST_CHROME, args: ['--no-sandbox', '--disable-gpu'] });
  t.after(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });
  const page = await browser.newPage();
  // The timers of this process, and so the timeouts of Playwright, are a hundredth as long; those of the page too.
  page.setDefaultTimeout(30_000 * 100);
  await page.addInitScript(() => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (callback, ms, ...args) => setTimeout(callback, ms / 100, ...args);
  });
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.stack));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.getByPlaceholder('What should Jules do?').fill('Fix it');
  await page.getByRole('button').click();
  await page.getByText('sessionCompleted').waitFor();
  assert.ok((await page.getByRole('listitem').count()) > 3);
  assert.deepEqual(errors, []);
});

test('the tests of your own code pass', async () => {
  const { NODE_TEST_CONTEXT: ours, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', join(folder, 'fix-issue.test.mjs')], { env, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^# pass 3$/m);
});
