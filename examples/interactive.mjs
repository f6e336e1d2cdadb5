/**
 * An interactive session: follow its activities, give feedback on its plan, approve it, answer its question, print the outcome.
 *
 *   node examples/interactive.mjs                             on the emulator, with scripted answers
 *   node examples/interactive.mjs --live [owner/repo branch]  on the service, with JULES_API_KEY set; you answer
 */
import { openJules } from './lib/service.mjs';
import { bold, createPrompt, dim, print, printActivity, printOutcome } from './lib/terminal.mjs';

const args = process.argv.slice(2);
const live = args.includes('--live');
const [github = live ? undefined : 'bobalover/boba', baseBranch = 'main'] = args.filter((arg) => arg !== '--live');

const jules = await openJules({ live, scenario: 'revise, question', stepMs: 250 });
const prompt = createPrompt(live ? undefined : ['Please run the tests at the end.', '', 'Remove it, please.']);

const session = await jules.session({
  prompt: live ? await prompt('What should Jules do?') : 'Give the start page a warm theme.',
  ...(github && { source: { github, baseBranch } }),
  requireApproval: true,
});
print('session', session.id, bold);

let last;
function printState({ state }) {
  if (state !== last) console.log(dim(`── ${state}`));
  last = state;
}

const printed = new Set([undefined]);
let onPrinted = () => {};

/** Prints the activities as they arrive. */
async function printActivities() {
  for await (const activity of session.stream({ exclude: { originator: 'user' } })) {
    printActivity(activity);
    printed.add(activity.plan?.id ?? activity.message);
    onPrinted();
  }
}

/** Asks the user whenever the session waits for approval or a reply, after the plan or question has been printed. */
async function respond() {
  for (;;) {
    const { reason, plan, question } = await session.wait();
    while (!printed.has(plan?.id ?? question)) await new Promise((resolve) => (onPrinted = resolve));
    if (reason === 'needsApproval') {
      const feedback = await prompt('Press Enter to approve the plan, or type feedback:');
      await (feedback ? session.send(feedback) : session.approve());
    } else if (reason === 'needsReply') await session.send(await prompt('Your answer:'));
    else return;
  }
}

const [outcome] = await Promise.all([session.result({ onUpdate: printState }), printActivities(), respond()]);

printOutcome(outcome);
if (outcome.state === 'failed') process.exitCode = 1;
