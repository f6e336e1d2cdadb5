/** A Redis of its own for a test, on a socket, which keeps its data as the documentation says. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Starts it, and ends it after the test. In the environment are JULES_TEST_REDIS, the program, and JULES_TEST_REDIS_LIBRARIES. */
export async function startRedis(t) {
  const folder = mkdtempSync(join(tmpdir(), 'jules-redis-'));
  const socket = join(folder, 'socket');
  const args = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always'];
  const env = { ...process.env, LD_LIBRARY_PATH: process.env.JULES_TEST_REDIS_LIBRARIES ?? '' };
  const child = spawn(process.env.JULES_TEST_REDIS, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  for await (const line of createInterface({ input: child.stdout })) if (/ready to accept connections/i.test(line)) break;
  child.stdout.resume();
  return socket;
}
