/** The command line in a terminal, with signals, and with a service that fails. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { command, emptyFolder, environment, serveEmulator, shell, terminal } from './support/cli.mjs';
import { COMMAND } from './support/emulator-program.mjs';

const ESCAPES = /\x1b\[[\d;?]*[A-Za-z]/g;

/** An emulator, an empty folder, and a function that runs a command with them. */
async function prepared(t, options) {
  const server = await serveEmulator(t, options);
  const settings = { server, cwd: emptyFolder(t) };
  const jules = (...args) => command(args, settings);
  const create = async (prompt, ...args) => JSON.parse((await jules('new', '--json', ...args, prompt)).stdout).id;
  return { ...settings, jules, create };
}

test('a list is a table in a terminal, as wide as the terminal, and in colours unless NO_COLOR is set', async (t) => {
  const { server, cwd, create } = await prepared(t);
  const id = await create('A title that is much longer than the column for it, also in a terminal of the largest size of these three', '--repo', 'owner/repo', '--branch', 'main');
  await create('日本語のタイトル 🎉 for the list, which is long as well');
  for (const columns of [60, 100, 140]) {
    const { code, output } = await terminal('jules-wasm list', { server, cwd, columns });
    assert.equal(code, 0);
    const [head, ...rows] = output.replace(ESCAPES, '').trimEnd().split('\n');
    assert.match(head, columns === 60 ? /^ID +STATE +TITLE$/ : columns === 100 ? /^ID +STATE +REPOSITORY +TITLE$/ : /^ID +STATE +CREATED +REPOSITORY +TITLE$/);
    assert.equal(rows.length, 2);
    assert.match(rows[1], new RegExp(`^${id}  (?:queued|planning) .*A title that.*…$`));
    assert.ok(rows[1].length <= columns, rows[1]);
    assert.equal(output.includes('\x1b[1m'), true);
  }
  const plain = await terminal('jules-wasm list', { server, cwd, env: { NO_COLOR: '1' } });
  assert.equal(plain.output.includes('\x1b'), false);
});

test('several sessions are watched in a table that is redrawn in place', async (t) => {
  const { server, cwd, create } = await prepared(t);
  const ids = [await create('One', '--no-approval'), await create('Two [emulator: fail]', '--no-approval')];
  const { code, output } = await terminal(`jules-wasm watch --interval 1ms ${ids.join(' ')}`, { server, cwd });
  assert.equal(code, 3);
  const [, ...redrawn] = output.split('\x1b[3A\x1b[0J');
  assert.ok(redrawn.length > 1, output);
  const last = redrawn.at(-1).replace(ESCAPES, '').trim().split('\n').map((line) => line.replace(/ +/g, ' '));
  assert.deepEqual(last, [`${ids[0]} completed One`, `${ids[1]} failed Two`]);
  assert.match(output, /waiting for you: 0, running: 0, ended: 2/);
  assert.equal(output.match(/\x1b\[\?7l/g).length, output.match(/\x1b\[\?7h/g).length, 'line wrapping is turned on again');
});

test('a run in a terminal has a line at the bottom, which is gone at the end', async (t) => {
  const { server, cwd } = await prepared(t);
  const { code, output } = await terminal('jules-wasm run --interval 1ms "Write hello.ts"', { server, cwd });
  assert.equal(code, 0);
  assert.match(output, /\x1b\[36minProgress\x1b\[39m .*Write hello\.ts/);
  const shown = output.slice(output.lastIndexOf('\x1b[1A\x1b[0J')).replace(ESCAPES, '');
  assert.match(shown, /^session +\d+\nstate +completed\n/);
});

test('texts of the service cannot control the terminal', async (t) => {
  const message = 'Clear \x1b[2J\x07 it \u202Egnp.exe\r\nand more';
  const scenarios = { evil: [{ say: message }, { fail: message }] };
  const { jules, create } = await prepared(t, { scenarios, scenario: 'evil' });
  const id = await create('x', '--title', message, '--no-approval');
  for (const args of [['watch', id, '--interval', '1ms'], ['show', id, '--activities'], ['list'], ['wait', id]]) {
    const { stdout, stderr } = await jules(...args);
    assert.doesNotMatch(stdout + stderr, /[^\P{Cc}\n\t]|\u202E/u);
    assert.match(stdout, /Clear \[2J it gnp\.exe/);
  }
});

/** Runs a command, sends a signal after the first line that matches, and resolves with the outcome. */
async function interrupted(args, pattern, { server, signals = ['SIGINT'] }) {
  const child = spawn(process.execPath, [COMMAND, ...args], { env: environment(server), stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (pattern.test(line)) signals.forEach((signal) => child.kill(signal));
    });
  }
  const [code] = await once(child, 'close');
  return { code, lines };
}

test('Ctrl+C says which session continues and how to watch it again', async (t) => {
  const { server, create } = await prepared(t, { scenario: 'stall' });
  const run = await interrupted(['run', 'Write hello.ts'], /^Session \d+$/, { server });
  const [id] = run.lines[0].match(/\d+/);
  assert.deepEqual([run.code, run.lines.slice(-2)], [130, ['Interrupted.', `The session ${id} continues on the service. Watch it: jules-wasm watch ${id}`]]);
  const ids = [id, await create('Another', '--no-approval')];
  const watch = await interrupted(['watch', ...ids, '--interval', '10ms'], /inProgress/, { server, signals: ['SIGTERM'] });
  assert.deepEqual([watch.code, watch.lines.at(-1)], [130, `2 sessions continue on the service. Watch them: jules-wasm watch ${ids.join(' ')}`]);
  const json = await interrupted(['watch', id, '--json', '--interval', '10ms'], /inProgress/, { server });
  assert.equal(json.code, 130);
  assert.deepEqual([JSON.parse(json.lines.at(-1)).error.code, JSON.parse(json.lines.at(-1)).ids], ['aborted', [id]]);
});

test('without an id all sessions are watched, also those that are created meanwhile', async (t) => {
  const { jules, create, server } = await prepared(t);
  const nothing = await jules('watch');
  assert.deepEqual([nothing.code, nothing.stdout, nothing.stderr], [0, '', 'No session runs.\n']);
  const first = await create('One [emulator: stall]', '--no-approval');
  let creating;
  const creatingUntilTheEnd = {
    test(line) {
      if (/"event":"present"/.test(line)) creating = create('Two', '--no-approval');
      return /"event":"end"/.test(line);
    },
  };
  const { code, lines } = await interrupted(['watch', '--json', '--interval', '1ms'], creatingUntilTheEnd, { server });
  assert.equal(code, 130);
  const events = lines.map((line) => JSON.parse(line));
  const shown = (id) => events.filter((event) => (event.id ?? event.sessionId) === id).map(({ event }) => event);
  const second = shown(await creating);
  assert.deepEqual([shown(first)[0], second[0], second.at(-1), events.at(-1).ids], ['present', 'created', 'end', [first]]);
});

test('the id of a session is not lost where standard output cannot be written', async (t) => {
  const { server, cwd } = await prepared(t);
  const { code, stderr } = await shell('jules-wasm new --json "Write hello.ts" > /dev/full', { server, cwd });
  assert.equal(code, 1);
  const [, json] = stderr.match(/^jules-wasm: Standard output cannot be written: ENOSPC.*\n(\{.*\})\n$/m);
  assert.deepEqual(server.emulator.sessions().map(({ id }) => id), [JSON.parse(json).id]);
});

test('a timeout ends the command, not the session', async (t) => {
  const { jules, create } = await prepared(t, { scenario: 'stall' });
  const id = await create('Write hello.ts', '--no-approval');
  const { code, stderr } = await jules('wait', id, '--timeout', '50ms');
  assert.equal(code, 124);
  assert.match(stderr, new RegExp(`^jules-wasm: The time of --timeout is over\\. .*\\nThe session ${id} continues on the service. Watch it: jules-wasm watch ${id}\\n$`, 'm'));
});

/** Lets the clock and the timers of this process run twenty times as fast until the test ends. */
function fastTime(t) {
  const { setTimeout } = globalThis;
  const now = performance.now.bind(performance);
  t.mock.method(globalThis, 'setTimeout', (callback, ms, ...args) => setTimeout(callback, ms / 20, ...args));
  t.mock.method(performance, 'now', () => now() * 20);
}

test('a create that may have been carried out is exit code 5', async (t) => {
  const silent = await prepared(t, { faults: [{ on: 'create', fault: { hang: true } }] });
  assert.equal((await silent.jules('new', '--timeout', '20ms', 'Write hello.ts')).code, 5);
  // An operation that the service may still be working on is searched for for a minute.
  fastTime(t);
  const { jules, server } = await prepared(t, { faults: [{ on: 'create', fault: { status: 504 } }] });
  const { code, stderr } = await jules('run', 'Write hello.ts');
  assert.equal(code, 5);
  assert.match(stderr, /^jules-wasm: It is unknown whether the session was created\./m);
  assert.equal(server.emulator.sessions().length, 0);
});

test('the key is in no output, and a stack only with --debug', async (t) => {
  const { jules, server, create } = await prepared(t, { scenario: 'question' });
  const id = await create('Write hello.ts', '--no-approval');
  for (const args of [['show', '1'], ['show', '1', '--json'], ['doctor'], ['list'], ['wait', id, '--interval', '1ms'], ['pull', id, '--dry-run'], ['run', ''], ['show', id, '--base-url', 'http://127.0.0.1:1/v1']]) {
    const quiet = await jules(...args);
    const debug = await jules(...args, '--debug');
    for (const { stdout, stderr } of [quiet, debug]) assert.equal((stdout + stderr).includes(server.apiKey), false, args.join(' '));
    assert.doesNotMatch(quiet.stderr, /^ +at /m);
    assert.equal(quiet.code, debug.code);
    if ([1, 2].includes(quiet.code) && args[0] !== 'doctor') assert.match(debug.stderr, /^ +at /m, args.join(' '));
  }
  const { stderr } = await jules('list', '--debug');
  assert.match(stderr, /GET .*\/sessions/);
});

test('doctor checks the key, the clock, the repositories and the quota', async (t) => {
  const { jules, create } = await prepared(t, { clock: 'real', stepMs: 60_000 });
  await create('One');
  await jules('archive', await create('Two'));
  const { code, stdout } = await jules('doctor');
  assert.equal(code, 0);
  assert.deepEqual(stdout.replace(process.versions.node, 'N').replace(process.platform, 'P').replace(/ +/g, ' ').trim().split('\n'), [
    'ok runtime Node N on P', 'ok key the service accepts JULES_API_KEY', 'ok clock within 1 s of the service', 'ok sources 3 repositories',
    'ok quota 2 sessions created within 24 hours (plans allow 15, 100 or 300), 1 of them run (3, 15 or 60)', 'All checks passed.',
  ]);
  const late = await prepared(t, { now: () => Date.now() + 300_000, clock: 'real', sources: [] });
  const report = JSON.parse((await late.jules('doctor', '--json')).stdout);
  assert.deepEqual([report.ok, ...report.checks.slice(2, 4).map(({ status, text }) => [status, text])], [
    true, ['warn', 'this clock is 300 s behind that of the service; set it by NTP'], ['warn', 'no repositories; install the Jules app on one in the web app'],
  ]);
});

test('doctor fails with the error of the service', async (t) => {
  const { server, cwd } = await prepared(t);
  for (const [key, message] of [['another', /^fail +key +\[401 UNAUTHENTICATED\]/m], ['', /^fail +key +There is no API key/m]]) {
    const { code, stdout } = await command(['doctor', '--probe'], { server, cwd, env: { JULES_API_KEY: key } });
    assert.equal(code, 1);
    assert.match(stdout, message);
    assert.match(stdout, /A check failed\.\n$/);
  }
});

test('the report of the probe has answers, and nothing of the account', async (t) => {
  const { jules, server, cwd } = await prepared(t);
  const created = await jules('run', '--interval', '1ms', '--json', '--repo', 'secret/name', '--branch', 'main', 'A secret prompt');
  server.emulator.requests.length = 0;
  const { code } = await jules('doctor', '--probe', '--report', 'report.json');
  assert.equal(code, 0);
  const text = readFileSync(join(cwd, 'report.json'), 'utf8');
  for (const secret of ['secret', server.apiKey, JSON.parse(created.stdout).id, 'README']) assert.equal(text.includes(secret), false, secret);
  const report = JSON.parse(text);
  assert.deepEqual(report.statesOfSessions, { COMPLETED: 1 });
  assert.deepEqual(report.filtersOfSessions.map(({ status }) => status), [200, 400, 400]);
  assert.deepEqual([report.activities.length, report.activities[0].artifacts.bashOutput], [1, 2]);
  assert.deepEqual(report.activities[0].filters.map(({ status }) => status), [200, 400, 400, 400]);
  assert.equal(report.cors.preflight.status, 404);
});

/** What bash completes after these words. */
function completed(script, ...words) {
  const source = `${script}\nCOMP_WORDS=(jules-wasm ${words.join(' ')}) COMP_CWORD=${words.length}; _jules_wasm; echo "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', source], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

test('bash completes commands, options and values', async (t) => {
  const { jules } = await prepared(t);
  const { stdout } = await jules('completion', 'bash');
  assert.equal(completed(stdout, 'wa'), 'wait watch');
  assert.equal(completed(stdout, 'run', '--t'), '--title --timeout');
  assert.equal(completed(stdout, 'list', '--state', 'await'), 'awaitingPlanApproval awaitingUserFeedback');
  assert.equal(completed(stdout, 'completion', 'z'), 'zsh');
  assert.equal(completed(stdout, 'run', '--title', ''), '');
});

test('the scripts of zsh and fish have each command and each of its options', async (t) => {
  const { jules } = await prepared(t);
  const [zsh, fish] = [(await jules('completion', 'zsh')).stdout, (await jules('completion', 'fish')).stdout];
  assert.match(zsh, /^#compdef jules-wasm\n/);
  assert.match(zsh, /^ {4}'list:lists sessions, newest first'$/m);
  assert.match(zsh, /'--state\[only sessions in this state, .*\]:STATE:\(unspecified .* completed\)'/);
  assert.match(fish, /^complete -c jules-wasm -n __fish_use_subcommand -a list -d 'lists sessions, newest first'$/m);
  assert.match(fish, /^complete -c jules-wasm -n '__fish_seen_subcommand_from list' -l state -x -a 'unspecified .* completed' -d /m);
});

test('the reader of a list may close the pipe', async (t) => {
  const { server, cwd, create } = await prepared(t);
  await create('One');
  const { code, stdout, stderr } = await shell('jules-wasm list --all | true; jules-wasm --version', { server, cwd });
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});
