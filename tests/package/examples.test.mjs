/** The examples, run as by a user, on the installed package. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { project, runNode, runProgram } from './tools.mjs';

const folder = join(project, 'examples');
const preload = join(project, 'tests', 'package', 'service-preload.mjs');
const { JULES_API_KEY, ...offline } = process.env;
const online = { ...offline, JULES_API_KEY: 'key-of-the-test' };

const runExample = (name, { args = [], env = offline, node = [] } = {}) =>
  runProgram(process.execPath, [...node, join(folder, name), ...args], { env });

/** The output of an example that must succeed. */
async function output(name, options) {
  const { code, stdout, stderr } = await runExample(name, options);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Asserts that these patterns occur in the text, in this order. */
function assertInOrder(text, patterns) {
  let rest = text;
  for (const pattern of patterns) {
    const at = rest.search(pattern);
    assert.ok(at >= 0, `${pattern} is missing or out of order in:\n${text}`);
    rest = rest.slice(at);
  }
}

test('each example has at most 60 lines', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  assert.deepEqual(names, ['batch.mjs', 'interactive.mjs', 'repoless.mjs', 'run.mjs']);
  for (const name of names) assert.ok(readFileSync(join(folder, name), 'utf8').split('\n').length <= 60, name);
});

test('run: from the prompt to the pull request', async () => {
  assertInOrder(await output('run.mjs'), [
    /^Session \d+$/m, /^ {2}completed$/m,
    /^created {2}README\.md \+11 -0$/m, /^renamed {2}docs\/getting-started\.md \+1 -1$/m, /^deleted {2}src\/legacy\.js \+0 -2$/m,
    /^Pull request: https:\/\/github\.com\/bobalover\/boba\/pull\/\d+$/m,
  ]);
});

test('run: works on the repository in its arguments', async () => {
  assert.match(await output('run.mjs', { args: ['someone/thing', 'develop'] }), /github\.com\/someone\/thing\/pull/);
});

test('repoless: a question, its answer, and the files with their content', async () => {
  assertInOrder(await output('repoless.mjs'), [
    /^Jules: .*How many numbers/m, /^README\.md \(\+11\)$/m, /^--- README\.md$/m, /^# Write a Python script/m,
  ]);
});

test('batch: one line per task, in the order of the tasks, each with its pull request', async () => {
  const stdout = await output('batch.mjs');
  assertInOrder(stdout, [/^completed {4}Fix the flaky test/m, /^completed {4}Remove the old theme/m, /^completed {4}Bring the setup guide/m]);
  assert.equal(new Set(stdout.match(/https:\S+\/pull\/\d+/g)).size, 3);
});

test('interactive: plan, feedback, revised plan, approval, question of the agent, answer, files, pull request', async () => {
  const stdout = await output('interactive.mjs');
  assertInOrder(stdout, [
    /^── queued$/m, /^plan {6}1\. /m, /^you .* Please run the tests at the end\.$/m, /^Jules .*Please run the tests/m,
    /^plan {6}1\. .*Please run the tests/m, /^you .*⏎$/m,
    /^── inProgress$/m, /\$ npm test$/m, /^Jules .* Which do you prefer\?$/m, /^you .* Remove it, please\.$/m,
    /image\/png, \d+ bytes/, /^── completed$/m, /^created {3}README\.md {2}\+11 -0$/m, /https:\S+\/pull\/\d+$/m,
  ]);
  // A state and its activity may be printed in either order, but both before the user's input.
  assertInOrder(stdout, [
    /^── queued$/m, /^── awaitingPlanApproval$/m, /^you .* Please run/m, /^── inProgress$/m, /^── awaitingUserFeedback$/m,
    /^you .* Remove it/m, /^── inProgress$/m, /^── completed$/m,
  ]);
  assert.equal(stdout.match(/^Jules .*Please run the tests/gm).length, 1, 'the answer to a message is shown once');
  assert.equal(stdout.match(/^plan /gm).length, 2, 'and so is each plan');
  assert.equal(stdout.includes('\x1b'), false, 'no colours unless in a terminal');
});

/** The output for a message of the agent with control sequences. */
async function printed({ isTTY, env = {} }) {
  const { NO_COLOR, ...rest } = offline;
  const source = `
    process.stdout.isTTY = ${isTTY};
    const { printActivity } = await import('./examples/lib/terminal.mjs');
    printActivity({ type: 'agentMessaged', message: 'Hello\\x1b[2J\\x07, you', artifacts: [] });`;
  return (await runNode(source, { env: { ...rest, ...env } })).stdout;
}

test('colours are used in terminals only, unless NO_COLOR is set, and texts cannot control the terminal', async () => {
  assert.equal(await printed({ isTTY: true }), '\x1b[36mJules    \x1b[0m Hello[2J, you\n');
  assert.equal(await printed({ isTTY: true, env: { NO_COLOR: '1' } }), 'Jules     Hello[2J, you\n');
  assert.equal(await printed({ isTTY: false }), 'Jules     Hello[2J, you\n');
});

/** Runs the interactive example live. Answers each question when it is asked; without answers, standard input is closed. */
async function runLive(answers) {
  const args = ['--import', preload, join(folder, 'interactive.mjs'), '--live', 'someone/thing'];
  const child = spawn(process.execPath, args, { cwd: project, env: online });
  if (!answers) child.stdin.end();
  let stdout = '';
  let stderr = '';
  let read = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
    for (const [question, answer] of Object.entries(answers ?? {})) {
      const at = stdout.indexOf(question, read);
      if (at < 0) continue;
      read = at + question.length;
      child.stdin.write(`${answer}\n`);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

test('interactive: live, it asks its user and calls the service', async () => {
  const { code, stdout, stderr } = await runLive({
    'What should Jules do?': 'Make it blue.',
    'Press Enter to approve the plan, or type feedback:': '',
    'Your answer:': 'Remove it.',
  });
  assert.equal(code, 0, stderr);
  assertInOrder(stdout, [/What should Jules do\?/, /Press Enter/, /Your answer:/, /“Remove it\.”/, /── completed/, /someone\/thing\/pull/]);
});

test('interactive: it ends with an error when standard input is closed', async () => {
  const { code, stderr } = await runLive();
  assert.notEqual(code, 0);
  assert.match(stderr, /Standard input ended/);
});

test('interactive: live without a key it names the variable to set', async () => {
  const { code, stderr } = await runExample('interactive.mjs', { args: ['--live'] });
  assert.equal(code, 2);
  assert.match(stderr, /^Set JULES_API_KEY/);
});

test('with a key the examples use the service and require a repository', async () => {
  const node = ['--import', preload];
  const { code, stderr } = await runExample('run.mjs', { env: online, node });
  assert.equal(code, 2);
  assert.match(stderr, /owner\/repo/);
});

test('an example with a rejected key ends with the error', async () => {
  const env = { ...offline, JULES_API_KEY: 'another-key' };
  const { code, stderr } = await runExample('run.mjs', { args: ['someone/thing'], env, node: ['--import', preload] });
  assert.equal(code, 1);
  assert.match(stderr, /JulesAuthenticationError: .*401/);
});

/** Runs an example on a service whose sessions all have this scenario. */
const runOn = (scenario, name) =>
  runExample(name, { args: ['someone/thing'], env: { ...online, JULES_TEST_SCENARIO: scenario }, node: ['--import', preload] });

test('a failed run ends with its reason and exit code 1', async () => {
  const { code, stderr } = await runOn('fail', 'run.mjs');
  assert.equal(code, 1);
  assert.equal(stderr, 'Failed: Unable to install dependencies\n');
});

test('a batch reports failed sessions and failed creates', async () => {
  const failed = await runOn('fail', 'batch.mjs');
  assert.equal(failed.code, 1);
  assert.equal(failed.stdout.match(/^failed {7}.*\n +Unable to install dependencies$/gm).length, 3);
  const refused = await runOn('forbidden', 'batch.mjs');
  assert.equal(refused.code, 1);
  assert.equal(refused.stderr.match(/^Not created: .*PERMISSION_DENIED/gm).length, 3);
  assert.equal(refused.stdout.match(/^not created {2}/gm).length, 3);
});
