/** Shows each plan that waits for approval, and asks what to do: node approve-plans.mjs */
import { createInterface } from 'node:readline/promises';
import { jules } from 'jules-wasm';

const terminal = createInterface({ input: process.stdin, output: process.stdout });

for await (const { id, title, state } of jules.sessions()) {
  if (state !== 'awaitingPlanApproval') continue;
  const session = jules.session(id);
  // The last plan counts: it may have been revised.
  const [planned] = await session.activities.select({ type: 'planGenerated', order: 'desc', limit: 1 });
  console.log(`\n${title}`);
  for (const { index, title } of planned?.plan.steps ?? []) console.log(`${index + 1}. ${title}`);

  const answer = await terminal.question('y approves, Enter skips, anything else is sent as feedback: ');
  if (answer === 'y') await session.approve();
  else if (answer) await session.send(answer);
}

terminal.close();
