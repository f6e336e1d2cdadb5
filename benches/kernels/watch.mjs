/**
 * Creates sessions and waits for the end of each, as users do: `run`, then `result`.
 * Returns what was sent and received, when each promise resolved, and what the process used.
 */
import { countRequests, makeClient } from '../lib/clients.mjs';
import { cpuMicros, kernel } from '../lib/kernel.mjs';
import { sum } from '../lib/stats.mjs';

const isCreation = ({ method, path }) => method === 'POST' || path.includes('/sources/');

const total = (entries) => ({
  requests: entries.length,
  down: sum(entries.map(({ down }) => down)),
  up: sum(entries.map(({ up }) => up)),
});

kernel(async ({ side, baseUrl, interval, prompts }) => {
  const log = countRequests();
  const client = await makeClient(side, { baseUrl, interval });
  const begin = cpuMicros();
  const ended = await Promise.all(
    prompts.map(async (prompt) => {
      const run = await client.run({ prompt, source: { github: 'owner/repo', baseBranch: 'main' } });
      const outcome = await run.result();
      const at = Date.now();
      const files = outcome.generatedFiles().all().map(({ path }) => path);
      return { prompt, id: run.id, at, state: outcome.state, pullRequest: outcome.pullRequest?.title, files };
    }),
  );
  const cpu = cpuMicros() - begin;
  return {
    cpu,
    ended,
    creating: total(log.filter(isCreation)),
    watching: total(log.filter((entry) => !isCreation(entry))),
  };
});
