/**
 * What the tests of the package share. They run in a project that has only the packed package installed, with these
 * in the environment: JULES_TEST_TARBALL, the tarball; JULES_TEST_CHROME, Chromium; JULES_TEST_TSC, TypeScript.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project that uses the package. */
export const project = fileURLToPath(new URL('../..', import.meta.url));

/** The folder of the installed package. */
export const installed = dirname(fileURLToPath(import.meta.resolve('jules-wasm/package.json')));

/** The installed package.json. */
export const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

/** Runs a program in the project; resolves, also if it fails, with its exit code and what it printed. */
export function runProgram(program, args, { env = process.env } = {}) {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: project, env }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

/** Runs JavaScript in a fresh Node, as a module unless told otherwise. */
export function runNode(source, { type = 'module', args = [], env } = {}) {
  return runProgram(process.execPath, [...args, `--input-type=${type}`, '--eval', source], { env });
}
