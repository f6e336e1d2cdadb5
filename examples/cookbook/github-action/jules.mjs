/** .github/jules.mjs: the session of an issue, with its report in the summary of the job. */
import { appendFile } from 'node:fs/promises';
import { jules } from 'jules-wasm';

const { GITHUB_REPOSITORY, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY, TITLE, BODY, BRANCH } = process.env;

const session = await jules.run({
  title: TITLE, // makes it certain which session this is, if the response to the create is lost
  prompt: `${TITLE}\n\n${BODY}`,
  source: { github: GITHUB_REPOSITORY, baseBranch: BRANCH },
});
const waited = await session.wait({ timeoutMs: 110 * 60_000 });
const snapshot = await session.snapshot();

await appendFile(GITHUB_STEP_SUMMARY, snapshot.toMarkdown());
if (snapshot.pr) await appendFile(GITHUB_OUTPUT, `pull-request=${snapshot.pr.url}\n`);
if (waited.reason !== 'completed') {
  console.log(`::error::The session ended with "${waited.reason}": ${snapshot.url}`);
  process.exitCode = 1;
}
