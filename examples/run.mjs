/**
 * A run: the agent works without interaction, from the prompt to the pull request.
 *
 *   node examples/run.mjs                      on the emulator
 *   node examples/run.mjs owner/repo [branch]  on the service, with JULES_API_KEY set
 */
import { openJules, repositoryFrom } from './lib/service.mjs';

const jules = await openJules();

const run = await jules.run({
  prompt: 'Put the settings in one place and describe them in the README.',
  source: repositoryFrom(process.argv.slice(2)),
  autoPr: true,
});
console.log(`Session ${run.id}`);

let last;
const outcome = await run.result({
  timeoutMs: 60 * 60 * 1000,
  onUpdate: ({ state }) => {
    if (state !== last) console.log(`  ${state}`);
    last = state;
  },
});

if (outcome.state === 'failed') {
  console.error(`Failed: ${outcome.failureReason ?? 'the service gave no reason'}`);
  process.exit(1);
}

for (const { path, changeType, additions, deletions } of outcome.generatedFiles()) {
  console.log(`${changeType.padEnd(8)} ${path} +${additions} -${deletions}`);
}
console.log(`Pull request: ${outcome.pullRequest?.url ?? 'none'}`);
