/**
 * Runs batches with journals over HTTP, and kills their processes with SIGKILL at random instants.
 *
 *   npm run kills                200 kills
 *   npm run kills -- 1000        another number
 *   npm run kills -- 200 7       replays the instants of a seed
 */
import { join } from 'node:path';

import { build } from './build.mjs';
import { installPacked } from './lib/installed.mjs';
import { execute, main, StepError, tail } from './lib/run.mjs';

await main(import.meta, async () => {
  const [kills = '200', seed] = process.argv.slice(2);
  await build({ quiet: true });
  const installed = await installPacked();
  try {
    const env = { JULES_TEST_KILLS: kills, ...(seed && { JULES_TEST_SEED: seed }) };
    const args = ['--test', '--test-reporter=spec', join('tests', 'package', 'journal-kills.test.mjs')];
    const { code, output } = await execute(process.execPath, args, { cwd: installed.folder, env });
    console.log(tail(output, 40));
    if (code !== 0) throw new StepError('A batch that was killed has lost a session or created one twice.', { advice: 'Replay the seed above.' });
  } finally {
    installed.remove();
  }
});
