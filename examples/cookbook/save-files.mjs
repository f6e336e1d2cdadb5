/** Saves the files that a session created in a new folder: node save-files.mjs SESSION FOLDER */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve, isAbsolute } from 'node:path';
import { jules } from 'jules-wasm';

const [id, folder] = process.argv.slice(2);
const outcome = await jules.session(id).result({ timeoutMs: 3_600_000 });

// A folder that is new has no links that lead out of it.
await mkdir(folder);

for (const { path, content, newMode } of outcome.generatedFiles().filter('created')) {
  const target = resolve(folder, path);
  const inside = relative(resolve(folder), target);
  if (inside === '' || inside.split(/[\\/]/)[0] === '..' || isAbsolute(inside)) {
    console.error(`Refused: ${path} is outside of ${folder}`);
    process.exitCode = 1;
  } else if (content === undefined || newMode === '120000') {
    console.error(`Skipped: ${path} is binary, incomplete or a link`);
  } else {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content, { mode: newMode === '100755' ? 0o755 : 0o644 });
    console.log(`Saved: ${path}`);
  }
}
