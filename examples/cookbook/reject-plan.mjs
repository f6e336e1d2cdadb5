/** Replaces a plan that is too long: node reject-plan.mjs "the task". The API cannot reject a plan; a message makes Jules revise it. */
import { jules } from 'jules-wasm';

const MOST_STEPS = 3;
const session = await jules.session({ prompt: process.argv[2] });

let waited = await session.wait({ timeoutMs: 3_600_000 });
if (waited.reason === 'needsApproval' && waited.plan.steps.length > MOST_STEPS) {
  await session.send(`Do not do this. Make a plan of at most ${MOST_STEPS} steps.`);
  waited = await session.wait({ timeoutMs: 3_600_000 }); // with the revised plan
}

if (waited.reason === 'needsApproval' && waited.plan.steps.length <= MOST_STEPS) {
  await session.approve();
  console.log('Approved.');
} else {
  await session.delete(); // the only way to stop it
  console.log(`Deleted (${waited.reason}).`);
}
