/** The emulator as a program that serves HTTP. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { installed } from '../tools.mjs';

/** The program of the installed package. */
export const COMMAND = join(installed, 'bin', 'jules-wasm.js');

/**
 * Starts it on a free port, until the test ends.
 *
 * @returns {Promise<{ child: object, baseUrl: string, apiKey: string, next: () => Promise<string> }>} what it printed, and what
 *   gives its further lines
 */
export async function startDoor(t, ...args) {
  const child = spawn(process.execPath, [COMMAND, 'emulator', '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value;
  const baseUrl = await next();
  const apiKey = (await next()).replace('API key: ', '');
  await next();
  return { child, baseUrl, apiKey, next };
}
