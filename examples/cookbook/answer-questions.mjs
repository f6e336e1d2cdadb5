/** Runs a session without a person, and answers a limited number of its questions: node answer-questions.mjs "the task" */
import { jules } from 'jules-wasm';

const LIMIT = 3;
const session = await jules.run({ prompt: process.argv[2] });

let waited;
for (let answers = 0; ; answers++) {
  waited = await session.wait({ timeoutMs: 2 * 3_600_000 });
  if (waited.reason !== 'needsReply' || answers === LIMIT) break;
  console.log(`Jules asks: ${waited.question}`);
  await session.send('Decide this yourself, and note your decision in the description of the pull request.');
}

console.log(waited.reason, waited.session.url);
if (waited.reason !== 'completed') process.exitCode = 1; // a person must look at it
