/**
 * A batch: one session for each task, two creates at a time, and a table of the outcomes.
 *
 *   node examples/batch.mjs                      on the emulator
 *   node examples/batch.mjs owner/repo [branch]  on the service, with JULES_API_KEY set; costs one session per task
 */
import { JulesBatchError } from 'jules-wasm';

import { openJules, repositoryFrom } from './lib/service.mjs';

const TASKS = ['Fix the flaky test of the login page', 'Remove the old theme', 'Bring the setup guide up to date'];

const jules = await openJules();
const source = repositoryFrom(process.argv.slice(2));

/** Creates the sessions. If some creates fail, the other sessions are still worth waiting for. */
async function createSessions() {
  try {
    return await jules.all(TASKS, (prompt) => ({ prompt, source }), { concurrency: 2, stopOnError: false });
  } catch (error) {
    if (!(error instanceof JulesBatchError)) throw error;
    for (const { item, error: reason } of error.failures) console.error(`Not created: ${item} (${reason.message})`);
    process.exitCode = 1;
    return error.sessions;
  }
}

const sessions = await createSessions();
const outcomes = await Promise.all(sessions.map((session) => session?.result()));

TASKS.forEach((task, index) => {
  const outcome = outcomes[index];
  if (outcome?.state !== 'completed') process.exitCode = 1;
  const result = outcome?.pullRequest?.url ?? outcome?.failureReason ?? 'no pull request';
  console.log(`${(outcome?.state ?? 'not created').padEnd(12)} ${task}\n             ${result}`);
});
