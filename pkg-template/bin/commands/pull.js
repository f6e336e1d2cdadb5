/** `pull`: the changes of a session, applied to a folder or written as a patch. */
import { writeFile } from 'node:fs/promises';

import { EXIT } from '../exits.js';
import { applyPatch, rootOf } from '../git.js';
import { checkPaths, writeFiles } from '../files.js';
import { describeFiles, fileData, isEnded } from '../print.js';

export default async function pull({ jules, options, positionals: [given], out, signal }) {
  const session = jules.session(given);
  const changes = await changesOf(session, signal);
  if (!changes) {
    out.error(`jules-wasm: The session ${session.id} has no changes. Nothing was written. See: jules-wasm show ${session.id} --activities`);
    return EXIT.error;
  }
  const { patch, files } = changes;
  if (options.patch === '-') {
    out.text(patch);
    return EXIT.ok;
  }
  const result = { id: session.id, files: files.map(fileData) };
  if (options.patch !== undefined) {
    await writeFile(options.patch, patch);
    out.result({ ...result, patch: options.patch }, () => `Wrote the patch to ${options.patch}:\n${describeFiles(files, out.style)}`);
    return EXIT.ok;
  }
  const folder = await rootOf(options.dir);
  await checkPaths(files, folder, session.id);
  const isDry = options['dry-run'] === true;
  if (options.files) await writeFiles(files, folder, isDry);
  else await applyPatch(patch, folder, { isDry, id: session.id, base: changes.base });
  const done = isDry ? 'Nothing was changed. These changes apply to' : 'Changed in';
  out.result({ ...result, folder, applied: !isDry }, () => `${done} ${folder}:\n${describeFiles(files, out.style)}`);
  return EXIT.ok;
}

/** The changes so far: those of the result, or of the activities of a session that has not ended. */
async function changesOf(session, signal) {
  const info = await session.info({ activities: false, signal });
  const source = isEnded(info) ? await session.result({ signal }) : await session.snapshot({ signal });
  const sets = source.changeSets.filter(({ gitPatch }) => gitPatch.unidiffPatch);
  if (sets.length === 0) return undefined;
  const files = isEnded(info) ? source.generatedFiles() : source.generatedFiles;
  return { patch: sets.map(({ gitPatch }) => gitPatch.unidiffPatch).join('\n'), base: sets[0].gitPatch.baseCommitId, files: files.all() };
}
