/** Applies the patch of a session to the repository in the current folder, and stages it: node apply-patch.mjs SESSION */
import { spawnSync } from 'node:child_process';
import { jules } from 'jules-wasm';

const outcome = await jules.session(process.argv[2]).result({ timeoutMs: 3_600_000 });
const patch = outcome.changeSet()?.gitPatch;
if (!patch?.unidiffPatch) {
  console.error(`No patch: ${outcome.failureReason ?? outcome.state}`);
  process.exit(1);
}

// All or nothing: git changes neither the index nor a file if a part does not fit. It refuses paths that leave the repository.
const { status } = spawnSync('git', ['apply', '--index'], { input: patch.unidiffPatch, stdio: ['pipe', 'inherit', 'inherit'] });
if (status === 0) console.log(`Staged. Suggested message: ${patch.suggestedCommitMessage}`);
else console.error(`The patch was made for the commit ${patch.baseCommitId}: check it out, and try again.`);
process.exitCode = status ?? 1;
