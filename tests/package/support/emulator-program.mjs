/** Starts the emulator's HTTP server, as a program. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { installed } from '../tools.mjs';

/** The program of the installed package. */
export const COMMAND = join(installed, 'bin', 'jules-wasm.js');

/**
 * Starts it on a free port and ends it after the test.
 *
 * @returns {Promise<{ child: object, baseUrl: string, apiKey: string, next: () => Promise<string> }>} the base URL and
 *   the key that it printed, and a function that returns its next line of output
 */
export async function startEmulator(t, ...args) {
  const child = spawn(process.execPath, [COMMAND, 'emulator', '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value;
  const baseUrl = await next();
  const apiKey = (await next()).replace('API key: ', '');
  await next();
  return { child, baseUrl, apiKey, next };
}
