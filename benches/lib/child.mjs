/** Kernels: each measurement runs in a separate process, so that neither side is affected by the other. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The timeout of a kernel. None takes a quarter of it. */
const LONGEST_MS = 180_000;

const kernelPath = (name) => fileURLToPath(new URL(`../kernels/${name}.mjs`, import.meta.url));

/**
 * Runs a kernel and resolves with its result.
 *
 * @param {string} name of a file in benches/kernels
 * @param {object} input
 * @param {object} [options]
 * @param {string} [options.node] another Node
 * @param {string[]} [options.flags] of Node
 * @param {(event: object, child: import('node:child_process').ChildProcess) => void} [options.onEvent] called with the events that it reports
 */
export function runKernel(name, input, { node = process.execPath, flags = [], onEvent } = {}) {
  return new Promise((resolve, reject) => {
    const child = fork(kernelPath(name), [], { execPath: node, execArgv: flags, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let settled = false;
    const limit = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
    child.on('message', (message) => {
      if ('event' in message) return onEvent?.(message.event, child);
      settled = true;
      if ('error' in message) reject(new Error(`${name} (${input.side ?? 'both'}): ${message.error}`));
      else resolve(message.result);
      return undefined;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(limit);
      if (!settled) reject(new Error(`the kernel ${name} (${input.side ?? 'both'}) ended with ${signal ?? code} and no result`));
    });
    child.send(input);
  });
}
