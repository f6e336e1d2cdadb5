/**
 * Shared by the tests of the package. They run in a project in which only the packed package is installed, with these
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

/** Runs a program in the project. Resolves, also on failure, with its exit code and output. */
export function runProgram(program, args, { env = process.env } = {}) {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: project, env }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

/** Runs JavaScript in a new Node process, as a module by default. */
export function runNode(source, { type = 'module', args = [], env } = {}) {
  return runProgram(process.execPath, [...args, `--input-type=${type}`, '--eval', source], { env });
}
