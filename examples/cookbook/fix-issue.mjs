/** Code to test: it accepts a client, so that a test can pass one for the emulator. */
import { jules } from 'jules-wasm';

/** Resolves with the URL of the pull request, or throws. */
export async function fixIssue(text, client = jules) {
  const run = await client.run({ prompt: `Fix this issue: ${text}`, source: { github: 'owner/repo', baseBranch: 'main' } });
  const outcome = await run.result({ timeoutMs: 2 * 3_600_000 });
  if (outcome.state === 'failed') throw new Error(`Jules could not fix it: ${outcome.failureReason}`);
  if (!outcome.pullRequest) throw new Error('Jules changed nothing.');
  return outcome.pullRequest.url;
}
