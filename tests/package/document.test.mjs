/** The programs of the Session Management document, word for word, against a service over HTTP, with the order of requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect } from 'jules-wasm';
import { optionsFor, PATCH, startService } from './support/fake-service.mjs';

const SOURCE = { source: 'sources/github/owner/repo', githubRepoContext: { startingBranch: 'main' } };

/** A service, its client, and a console that records its lines. */
async function setUp(t) {
  const service = await startService(t);
  const lines = [];
  return { service, jules: connect(optionsFor(service)), console: { log: (...words) => lines.push(words) }, lines };
}

test('an interactive session waits for its plan, is approved, answers, and ends with files and a pull request', async (t) => {
  const { service, jules, console, lines } = await setUp(t);

  const session = await jules.session({
    prompt: 'Refactor the authentication module.',
    source: { github: 'owner/repo', baseBranch: 'main' },
    requireApproval: true // Default is true for jules.session()
  });
  assert.deepEqual(service.log, ['POST /sessions']);
  assert.deepEqual(JSON.parse(service.requests[0].body), {
    prompt: 'Refactor the authentication module.',
    sourceContext: SOURCE,
    automationMode: 'AUTO_CREATE_PR',
    requirePlanApproval: true,
  });
  const path = `/sessions/${session.id}`;

  // Wait for the agent to generate a plan
  await session.waitFor('awaitingPlanApproval');
  assert.deepEqual([...new Set(service.log.slice(1))], [`GET ${path}`]);

  service.requests.length = 0;
  // Review the plan (accessible via session.info() or stream)
  const info = await session.info();
  console.log('Plan:', info.activities?.find(a => a.type === 'planGenerated'));
  assert.deepEqual(service.log.sort(), [`GET ${path}`, `GET ${path}/activities`]);
  assert.equal(info.state, 'awaitingPlanApproval');
  const [[label, activity]] = lines;
  assert.equal(label, 'Plan:');
  assert.deepEqual(activity.plan.steps.map(({ title, index }) => [index, title]), [[0, 'Read'], [1, 'Write']]);

  service.requests.length = 0;
  // Approve it to continue
  await session.approve();
  assert.deepEqual(service.log, [`POST ${path}:approvePlan`]);

  // Send a message without waiting for a reply
  await session.send("Make sure to add unit tests.");
  assert.deepEqual(service.log.slice(1), [`POST ${path}:sendMessage`]);
  assert.equal(service.requests[1].body, '{"prompt":"Make sure to add unit tests."}');

  // Send a message and wait for the agent's response
  const reply = await session.ask("What testing framework are you using?");
  console.log(reply.message);
  assert.deepEqual(lines[1], ['You said: What testing framework are you using?']);
  assert.equal(service.posts.filter(({ path: p }) => p.endsWith(':sendMessage')).length, 2);

  const outcome = await session.result();

  if (outcome.state === 'completed') {
    // Access generated files
    const files = outcome.generatedFiles();
    const readme = files.get('README.md');
    assert.equal(readme.content, '# Hello\n-- and more\n');
    assert.deepEqual([readme.changeType, readme.additions, readme.deletions], ['created', 2, 0]);

    // Access the Pull Request
    if (outcome.pullRequest) {
      console.log(`PR Created: ${outcome.pullRequest.url}`);
    }
  }
  assert.deepEqual(lines[2], ['PR Created: https://github.com/owner/repo/pull/7']);
  assert.equal(outcome.changeSet().gitPatch.unidiffPatch, PATCH);
});

test('a run completes with a pull request without interaction', async (t) => {
  const { service, jules } = await setUp(t);
  const run = await jules.run({
    prompt: 'Fix the linting errors in src/utils.ts',
    source: { github: 'owner/repo', baseBranch: 'main' },
    autoPr: true // Default is true for jules.run()
  });
  assert.deepEqual(JSON.parse(service.requests[0].body), {
    prompt: 'Fix the linting errors in src/utils.ts',
    sourceContext: SOURCE,
    automationMode: 'AUTO_CREATE_PR',
    requirePlanApproval: false,
  });
  const outcome = await run.result();
  assert.equal(outcome.state, 'completed');
  assert.equal(outcome.pullRequest.title, 'Done');
  assert.equal(service.posts.length, 1, 'one POST and no approval');
});

test('a repoless session sends no source', async (t) => {
  const { service, jules } = await setUp(t);
  const session = await jules.session({
    prompt: `
    Create a Python script that calculates the Fibonacci sequence
    and explain how it works.
  `
  });
  const [{ body }] = service.requests;
  assert.deepEqual(Object.keys(JSON.parse(body)).sort(), ['prompt', 'requirePlanApproval']);
  assert.match(JSON.parse(body).prompt, /^\n {4}Create a Python/);
  assert.equal((await session.info()).sourceContext, undefined);
});

test('a batch creates a session for each task, in order', async (t) => {
  const { service, jules } = await setUp(t);
  const tasks = [
    'Fix bug A',
    'Fix bug B',
    'Update documentation'
  ];

  const sessions = await jules.all(tasks, (task) => ({
    prompt: task,
    source: { github: 'owner/repo', baseBranch: 'main' }
  }), {
    concurrency: 5,   // Max 5 parallel sessions
    stopOnError: false // Continue even if one fails
  });
  assert.deepEqual(sessions.map(({ id }) => service.sessions.get(id).prompt), tasks);
  assert.deepEqual(service.log, ['POST /sessions', 'POST /sessions', 'POST /sessions']);
});

test('every documented state can be waited for and is reported', async (t) => {
  const { service, jules } = await setUp(t);
  const names = ['queued', 'planning', 'awaitingPlanApproval', 'inProgress', 'awaitingUserFeedback', 'completed', 'failed'];
  const wire = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  for (const name of names) {
    service.script = () => [];
    const session = await jules.run({ prompt: name });
    service.sessions.get(session.id).state = wire(name);
    assert.equal((await session.waitFor(name)).state, name);
    assert.equal((await session.info({ activities: false })).state, name);
  }
  assert.deepEqual(service.log.filter((line) => line.includes('activities')), []);
});

test('a session handle is created from an id without a request', async (t) => {
  const { service, jules } = await setUp(t);
  const { id } = await jules.run({ prompt: 'Go' });
  const again = jules.session(id);
  assert.deepEqual(service.log, ['POST /sessions']);
  assert.equal((await again.result()).sessionId, id);
});

test('the stream of a session yields every activity once, in order, and ends', async (t) => {
  const { jules } = await setUp(t);
  const session = await jules.run({ prompt: 'Go' });
  const types = [];
  for await (const activity of session.stream()) types.push(activity.type);
  assert.deepEqual(types, ['planGenerated', 'planApproved', 'progressUpdated', 'sessionCompleted']);
});

test('lists are read to their end, page by page', async (t) => {
  const { service, jules } = await setUp(t);
  for (let i = 0; i < 7; i++) service.add({ prompt: `p${i}` });
  const prompts = [];
  for await (const session of jules.sessions({ pageSize: 3 })) prompts.push(session.prompt);
  assert.deepEqual(prompts, ['p6', 'p5', 'p4', 'p3', 'p2', 'p1', 'p0']);
  assert.equal(service.requests.length, 3);
  const first = await jules.sessions({ pageSize: 3 });
  assert.equal(first.sessions.length, 3);
  assert.equal(typeof first.nextPageToken, 'string');
  assert.equal((await jules.sessions({ pageSize: 3, limit: 4 }).all()).length, 4);
  const paged = [];
  for (let pageToken; paged.length === 0 || pageToken; ) {
    const page = await jules.sessions({ limit: 2, ...(pageToken && { pageToken }) });
    paged.push(...page.sessions.map(({ prompt }) => prompt));
    pageToken = page.nextPageToken;
  }
  assert.deepEqual(paged, prompts, 'a limit cuts nothing off that the token of the page leads past');
  assert.deepEqual(await jules.sessions({ limit: 0 }), { sessions: [] });
  const sources = [];
  for await (const source of jules.sources()) sources.push(source);
  assert.deepEqual(sources.map(({ name }) => name), ['sources/github/owner/repo']);
  assert.equal(await jules.sources.get({ github: 'no/body' }), undefined);
});

test('a session is archived, listed as archived, unarchived and deleted', async (t) => {
  const { service, jules } = await setUp(t);
  const { id } = service.add({ prompt: 'p' });
  const session = jules.session(id);
  await session.archive();
  assert.deepEqual((await jules.sessions()).sessions, []);
  assert.deepEqual((await jules.sessions({ filter: 'archived = true' })).sessions.map((s) => s.archived), [true]);
  await session.unarchive();
  assert.equal((await session.info()).archived, false);
  await session.delete();
  await session.delete();
  assert.equal(service.sessions.size, 0);
});
