/**
 * An interactive session: watch it, talk about its plan, approve it, answer its question, take the result.
 *
 *   node examples/interactive.mjs                             on the emulator, with scripted answers
 *   node examples/interactive.mjs --live [owner/repo branch]  on the service, with JULES_API_KEY set; you answer
 */
import { openJules } from './lib/service.mjs';
import { bold, createPrompt, dim, print, printOnce, printOutcome } from './lib/terminal.mjs';

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
  return state;
}

/** Shows the activities as they come, and speaks for the user when the agent waits. */
async function attend() {
  let approved = false;
  for await (const activity of session.stream({ exclude: { originator: 'user' } })) {
    if (!printOnce(activity)) continue;
    if (activity.type === 'planGenerated' && !approved) {
      showState(await session.waitFor('awaitingPlanApproval'));
      for (let words; (words = await prompt('Enter approves the plan; or ask about it:')); ) {
        printOnce(await session.ask(words));
        // An answer may come with a revised plan. The last plan is the one that gets approved.
        printOnce((await session.info()).activities.findLast(({ type }) => type === 'planGenerated'));
      }
      await session.approve();
      approved = true;
    } else if (activity.type === 'agentMessaged') {
      const state = showState(await session.info({ activities: false }));
      if (state === 'awaitingUserFeedback') await session.send(await prompt('Your answer:'));
    }
  }
}

const [outcome] = await Promise.all([session.result({ onUpdate: showState }), attend()]);

printOutcome(outcome);
if (outcome.state === 'failed') process.exitCode = 1;
