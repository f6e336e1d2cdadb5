/** Runs the command line of the installed package against an emulator over HTTP. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

import { installed, project } from '../tools.mjs';

const { serve } = await import(join(installed, 'bin', 'server.js'));
const { main } = await import(join(installed, 'bin', 'main.js'));

/** The emulator over HTTP, in the process of the test. Ends with the test. */
export async function serveEmulator(t, options = {}) {
  const server = await serve({ port: 0, apiKey: 'key-of-the-test', clock: 'virtual', ...options });
  t.after(() => server.close());
  return server;
}

/** An empty folder that is removed after the test. */
export function emptyFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'jules-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Without what decides about colours: Node shows none where `CI` is set. */
const { NO_COLOR, FORCE_COLOR, CI, NODE_TEST_CONTEXT, ...inherited } = process.env;

/** The environment of a user with the installed package and a key for the emulator. */
export function environment({ baseUrl, apiKey }) {
  const PATH = `${join(project, 'node_modules', '.bin')}:${process.env.PATH}`;
  return { ...inherited, PATH, TERM: 'xterm-256color', TZ: 'UTC', JULES_API_KEY: apiKey, JULES_BASE_URL: baseUrl, GIT_CONFIG_GLOBAL: '/dev/null' };
}

/**
 * Runs a line in a shell.
 *
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
export function shell(line, { server, cwd, env = {} }) {
  return new Promise((resolve) => {
    execFile('sh', ['-c', line], { cwd, env: { ...environment(server), ...env } }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

/** Runs a line in a terminal of this size, and returns what it writes. */
export async function terminal(line, { columns = 100, rows = 24, ...settings }) {
  const quoted = `stty cols ${columns} rows ${rows}; ${line}`.replaceAll("'", `'\\''`);
  // A pseudo-terminal, by the `script` of util-linux.
  const { code, stdout } = await shell(`script -qec '${quoted}' /dev/null`, settings);
  return { code, output: stdout.replaceAll('\r\n', '\n') };
}

/** Runs a command in this process, which takes a tenth of the time, with the same result as `shell`. */
export async function command(args, { server, cwd, env = {}, stdin = '' }) {
  const before = { env: process.env, cwd: process.cwd() };
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = Promise.all([text(stdout), text(stderr)]);
  process.env = { ...environment(server), ...env };
  process.chdir(cwd);
  let code;
  try {
    code = await main(args, { stdin: PassThrough.from([stdin]), stdout, stderr });
  } finally {
    process.env = before.env;
    process.chdir(before.cwd);
    stdout.end();
    stderr.end();
  }
  const [printed, errors] = await output;
  return { code, stdout: printed, stderr: errors };
}

/**
 * Runs a line as a shell does: a command of the package in this process, and a line with pipes, redirections or other
 * programs in a shell.
 */
export function run(line, settings) {
  const words = line.match(/"[^"]*"|'[^']*'|\S+/g).map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
  const start = words.indexOf('jules-wasm');
  const assignments = words.slice(0, start);
  if (start < 0 || /[|<>;&$`]/.test(line) || !assignments.every((word) => /^\w+=/.test(word))) return shell(line, settings);
  const env = Object.fromEntries(assignments.map((word) => word.split(/=(.*)/s, 2)));
  return command(words.slice(start + 1), { ...settings, env: { ...settings.env, ...env } });
}
