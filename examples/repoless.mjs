/**
 * A session without a repository: the agent works in its own virtual machine, and the outcome contains the files.
 *
 *   node examples/repoless.mjs   on the emulator; on the service with JULES_API_KEY set
 */
import { openJules } from './lib/service.mjs';

const jules = await openJules();

const session = await jules.session({
  prompt: `Write a Python script that prints the first Fibonacci numbers.
    Explain in README.md how it works.`,
});

// A session waits for the approval of its plan, unless it was created with `requireApproval: false`.
await session.waitFor('awaitingPlanApproval');
const reply = await session.ask('How many numbers will it print?');
console.log(`Jules: ${reply.message}`);
await session.approve();

const outcome = await session.result();
if (outcome.state === 'failed') {
  console.error(`Failed: ${outcome.failureReason ?? 'the service gave no reason'}`);
  process.exit(1);
}

const files = outcome.generatedFiles();
for (const file of files) console.log(`${file.path} (+${file.additions})`);
console.log(`\n--- README.md\n${files.get('README.md')?.content ?? '(not created)'}`);
