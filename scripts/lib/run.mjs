/** Runs other programs and prints progress. Imports only modules of Node, since it runs before `npm ci`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The path of something in the repository. */
export const inRoot = (...parts) => join(root, ...parts);

/** The folder of the tools that the project installs. */
export const toolsBin = inRoot('target', 'tools', 'bin');

/** An expected failure, with advice on how to fix it. */
export class StepError extends Error {
  /**
   * @param {string} message what went wrong
   * @param {{ advice?: string, output?: string }} [more] what to do, and what the failing program printed
   */
  constructor(message, { advice, output } = {}) {
    super(message);
    this.advice = advice;
    this.output = output;
  }
}

/** The environment of a tool: the project's own tools are found first. */
export function toolEnv(extra = {}) {
  const path = [toolsBin, inRoot('node_modules', '.bin'), process.env.PATH].join(':');
  return { ...process.env, PATH: path, CARGO_TERM_COLOR: 'never', NO_COLOR: '1', FORCE_COLOR: '0', ...extra };
}

/**
 * Runs a program without standard input and collects what it prints.
 *
 * @returns {Promise<{ code: number, stdout: string, output: string }>} `output` has both streams, as they came; the
 *   code is 127 if there is no such program
 */
export function execute(command, args, { cwd = root, env = {}, timeout, onOutput } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: toolEnv(env), stdio: ['ignore', 'pipe', 'pipe'], timeout });
    let stdout = '';
    let output = '';
    const take = (isStdout) => (chunk) => {
      if (isStdout) stdout += chunk;
      output += chunk;
      onOutput?.(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', take(true));
    child.stderr.setEncoding('utf8').on('data', take(false));
    child.on('error', (error) => resolve({ code: 127, stdout, output: output + error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}

/** Runs a program and throws a StepError unless it succeeds. Resolves with its standard output. */
export async function must(command, args, { advice, ...options } = {}) {
  const { code, stdout, output } = await execute(command, args, options);
  if (code !== 0) {
    const line = [command, ...args].join(' ');
    throw new StepError(`\`${line}\` failed (exit code ${code})`, { advice, output });
  }
  return stdout;
}

/** The elapsed seconds, for output. */
export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Prints what is being done, does it, and prints how long it took. */
export async function step(name, work) {
  const begin = performance.now();
  console.log(`▶ ${name} …`);
  const result = await work();
  console.log(`  done in ${seconds(begin)}`);
  return result;
}

/** The end of a long output, where programs print their errors. */
export function tail(text, lines = 60) {
  const all = text.trimEnd().split('\n');
  return (all.length > lines ? ['…', ...all.slice(-lines)] : all).join('\n');
}

/** Prints why something failed and what to do about it. */
export function printFailure(error) {
  if (error instanceof StepError) {
    if (error.output) console.error(tail(error.output));
    console.error(`✗ ${error.message}`);
    if (error.advice) console.error(`  → ${error.advice}`);
  } else if (error.code?.startsWith('ERR_PARSE_ARGS')) {
    console.error(`✗ ${error.message}`);
  } else {
    console.error(error);
  }
}

/** Runs a script's main function if the script was started by itself rather than imported. */
export async function main(meta, work) {
  if (process.argv[1] !== fileURLToPath(meta.url)) return;
  try {
    await work(process.argv.slice(2));
  } catch (error) {
    printFailure(error);
    process.exitCode = 1;
  }
}
