/** Redis for the example of BullMQ: found, or unpacked from Debian's packages, which needs no root. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { execute, inRoot, must, step } from './run.mjs';

const ADVICE = 'Install Redis (Debian: apt-get install redis-server), or set REDIS_SERVER to where redis-server is.';

/** The program, and the libraries that a machine may lack. */
const PACKAGES = ['redis-server', 'redis-tools', 'libatomic1', 'libjemalloc2', 'liblzf1', 'libssl3', 'libsystemd0'];

/**
 * @returns {Promise<{ program: string, env: object }>} redis-server, and the variables that it needs
 * @throws StepError that says what to install
 */
export async function ensureRedis() {
  const installed = process.env.REDIS_SERVER ?? 'redis-server';
  if ((await execute(installed, ['--version'])).code === 0) return { program: installed, env: {} };
  const folder = inRoot('target', 'redis');
  const program = join(folder, 'usr', 'bin', 'redis-server');
  if (!existsSync(program)) await step('Unpacking Redis from the packages of Debian', () => unpack(folder));
  const libraries = readdirSync(join(folder, 'usr', 'lib')).filter((name) => name.includes('linux')).map((name) => join(folder, 'usr', 'lib', name));
  const env = { LD_LIBRARY_PATH: libraries.join(':') };
  await must(program, ['--version'], { env, advice: ADVICE });
  return { program, env };
}

async function unpack(folder) {
  const fresh = `${folder}.new`;
  const apt = join(fresh, 'apt');
  rmSync(fresh, { recursive: true, force: true });
  for (const name of ['lists/partial', 'cache/archives/partial', 'packages']) mkdirSync(join(apt, name), { recursive: true });
  // Lists of its own: those of the machine may be missing, and only root may update them.
  const own = ['-o', `Dir::State::lists=${join(apt, 'lists')}`, '-o', `Dir::Cache=${join(apt, 'cache')}`, '-o', 'APT::Sandbox::User='];
  const cwd = join(apt, 'packages');
  await must('apt-get', [...own, 'update', '-q'], { advice: ADVICE });
  await must('apt-get', [...own, 'download', '-q', ...PACKAGES], { cwd, advice: ADVICE });
  for (const file of readdirSync(cwd)) await must('dpkg-deb', ['-x', join(cwd, file), fresh], { advice: ADVICE });
  rmSync(apt, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}
