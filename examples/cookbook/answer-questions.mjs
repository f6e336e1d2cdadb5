/** Runs a session without a person, and answers a limited number of its questions: node answer-questions.mjs "the task" */
import { jules } from 'jules-wasm';

const autopilot = {
  maxReplies: 3, // also counts those of an earlier run of this program
  onQuestion(question) {
    console.log(`Jules asks: ${question}`);
    return 'Decide this yourself, and note your decision in the description of the pull request.';
  },
};
const session = await jules.run({ prompt: process.argv[2] }, { autopilot });
const waited = await session.wait({ timeoutMs: 2 * 3_600_000 });

console.log(waited.reason, waited.session.url);
if (waited.reason !== 'completed') process.exitCode = 1; // a person must look at it
