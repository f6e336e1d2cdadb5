/** Runs a test that kills processes at random instants, on the installed package. */
import { build } from '../build.mjs';
import { installPacked } from './installed.mjs';
import { execute, StepError, tail } from './run.mjs';

/**
 * @param {string} file the test, relative to the project in which the package is installed
 * @param {string[]} args the number of kills (default 200), and a seed whose instants are replayed
 * @param {string} what the processes are, for the error
 * @param {(folder: string) => Promise<object>} [prepare] gets the folder of the project, and resolves with further environment variables
 */
export async function killAtRandom(file, [kills = '200', seed], what, prepare = async () => ({})) {
  await build({ quiet: true });
  const { folder, remove } = await installPacked();
  try {
    const env = { JULES_TEST_KILLS: kills, ...(seed && { JULES_TEST_SEED: seed }), ...(await prepare(folder)) };
    const { code, output } = await execute(process.execPath, ['--test', '--test-reporter=spec', file], { cwd: folder, env });
    console.log(tail(output));
    if (code !== 0) throw new StepError(`${what} that was killed has lost a session or created one twice.`, { advice: 'Replay the seed above.' });
  } finally {
    remove();
  }
}
