/**
 * Runs the example of BullMQ on a real Redis, suspends its workers and kills them with SIGKILL at random instants. Some four minutes.
 *
 *   npm run bullmq               200 kills
 *   npm run bullmq -- 1000       another number
 *   npm run bullmq -- 200 7      replays the instants of a seed
 */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { killAtRandom } from './lib/kills.mjs';
import { installLocked } from './lib/locked.mjs';
import { ensureRedis } from './lib/redis.mjs';
import { inRoot, main } from './lib/run.mjs';

await main(import.meta, async (args) => {
  const redis = await ensureRedis();
  await killAtRandom('tests/examples/bullmq.test.mjs', args, 'A worker', async (folder) => {
    const packages = await installLocked(inRoot('examples', 'bullmq'), 'bullmq', 'BullMQ');
    symlinkSync(packages, join(folder, 'examples', 'bullmq', 'node_modules'), 'junction');
    return { JULES_TEST_REDIS: redis.program, JULES_TEST_REDIS_LIBRARIES: redis.env.LD_LIBRARY_PATH };
  });
});
