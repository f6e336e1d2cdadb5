/**
 * Runs the example of BullMQ on a real Redis, suspends its workers and kills them with SIGKILL at random instants. Some four minutes.
 *
 *   npm run bullmq               200 kills
 *   npm run bullmq -- 1000       another number
 *   npm run bullmq -- 200 7      replays the instants of a seed
 */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { build } from './build.mjs';
import { installPacked } from './lib/installed.mjs';
import { installLocked } from './lib/locked.mjs';
import { ensureRedis } from './lib/redis.mjs';
import { execute, inRoot, main, StepError, tail } from './lib/run.mjs';

await main(import.meta, async ([kills = '200', seed]) => {
  const redis = await ensureRedis();
  await build({ quiet: true });
  const installed = await installPacked();
  try {
    const packages = await installLocked(inRoot('examples', 'bullmq'), 'bullmq', 'BullMQ');
    symlinkSync(packages, join(installed.folder, 'examples', 'bullmq', 'node_modules'), 'junction');
    const env = {
      JULES_TEST_REDIS: redis.program,
      JULES_TEST_REDIS_LIBRARIES: redis.env.LD_LIBRARY_PATH,
      JULES_TEST_KILLS: kills,
      ...(seed && { JULES_TEST_SEED: seed }),
    };
    const args = ['--test', '--test-reporter=spec', join('tests', 'examples', 'bullmq.test.mjs')];
    const { code, output } = await execute(process.execPath, args, { cwd: installed.folder, env });
    console.log(tail(output, 60));
    if (code !== 0) throw new StepError('A worker that was killed has lost a session or created one twice.', { advice: 'Replay the seed above.' });
  } finally {
    installed.remove();
  }
});
