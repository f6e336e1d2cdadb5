/**
 * Runs batches with journals over HTTP, and kills their processes with SIGKILL at random instants.
 *
 *   npm run kills                200 kills
 *   npm run kills -- 1000        another number
 *   npm run kills -- 200 7       replays the instants of a seed
 */
import { killAtRandom } from './lib/kills.mjs';
import { main } from './lib/run.mjs';

await main(import.meta, (args) => killAtRandom('tests/package/journal-kills.test.mjs', args, 'A batch'));
