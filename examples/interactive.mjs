/**
 * An interactive session: watch it, talk about its plan, approve it, answer its question, take the result.
 *
 *   node examples/interactive.mjs                             on the emulator, with scripted answers
 *   node examples/interactive.mjs --live [owner/repo branch]  on the service, with JULES_API_KEY set; you answer
 */
import { openJules } from './lib/service.mjs';
import { bold, createPrompt, dim, print, printActivity, printOutcome } from './lib/terminal.mjs';

const args = process.argv.slice(2);
const live = args.includes('--live');
const [github = live ? undefined : 'bobalover/boba', baseBranch = 'main'] = args.filter((arg) => arg !== '--live');

const jules = openJules({ live, scenario: 'revise, question', stepMs: 250 });
const prompt = createPrompt(live ? undefined : ['Please run the tests at the end.', '', 'Remove it, please.']);

const session = await jules.session({
  prompt: live ? await prompt('What is to be done?') : 'Give the start page a warm theme.',
  ...(github && { source: { github, baseBranch } }),
  requireApproval: true,
});
print('session', session.id, bold);

let last;
function showState({ state }) {
  if (state !== last) console.log(dim(`── ${state}`));
  last = state;
}

const shown = new Set([undefined]);
let onShown = () => {};

/** Shows the activities as they come. */
async function show() {
  for await (const activity of session.stream({ exclude: { originator: 'user' } })) {
    printActivity(activity);
    shown.add(activity.plan?.id ?? activity.message);
    onShown();
  }
}

/** Speaks for the user when the agent waits for somebody; about what was shown. */
async function attend() {
  for (;;) {
    const { reason, plan, question } = await session.wait();
    while (!shown.has(plan?.id ?? question)) await new Promise((resolve) => (onShown = resolve));
    if (reason === 'needsApproval') {
      const words = await prompt('Enter approves the plan; or say what to change:');
      await (words ? session.send(words) : session.approve());
    } else if (reason === 'needsReply') await session.send(await prompt('Your answer:'));
    else return;
  }
}

const [outcome] = await Promise.all([session.result({ onUpdate: showState }), show(), attend()]);

printOutcome(outcome);
if (outcome.state === 'failed') process.exitCode = 1;
