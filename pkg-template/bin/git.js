/** Applies patches with git. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';

/** Runs git. Rejects with an error that names what to do if it is not installed. */
async function git(args, { cwd, input = '', env = {} }) {
  // In a hook of git these name another working tree than that of the folder.
  const inherited = { ...process.env, GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined };
  const child = spawn('git', args, { cwd, env: { ...inherited, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  try {
    const [code] = await once(child, 'close');
    const [stdout, stderr] = await outputs;
    return { code, stdout, stderr };
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new Error('git was not found. Nothing was changed. Install git, or use --files or --patch.', { cause: error });
  }
}

/**
 * The folder that a patch is applied to: the given one, otherwise the top folder of the working tree that the current folder is
 * in, since the paths of a patch start there, otherwise the current folder.
 */
export async function rootOf(folder) {
  if (folder !== undefined) {
    return realpath(folder).catch((cause) => {
      throw new Error(`The folder ${folder} cannot be opened (${cause.code}). Nothing was changed. Create it first.`, { cause });
    });
  }
  const found = await git(['rev-parse', '--show-toplevel'], { cwd: process.cwd() }).catch(() => ({ code: 1 }));
  return realpath(found.code === 0 ? found.stdout.replace(/\n$/, '') : process.cwd());
}

/** Applies a patch to a folder, completely or not at all. With `isDry` it is only checked. */
export async function applyPatch(patch, folder, { isDry, id, base }) {
  // In a subfolder of a working tree git ignores paths outside of it. With this ceiling it does not look for a working tree.
  const settings = { cwd: folder, input: patch, env: { GIT_CEILING_DIRECTORIES: dirname(folder) } };
  const checked = await git(['apply', '--check', '--whitespace=nowarn', '-'], settings);
  const applied = checked.code === 0 && !isDry ? await git(['apply', '--whitespace=nowarn', '-'], settings) : checked;
  if (applied.code === 0) return;
  const origin = base ? ` They were made at the commit ${base}.` : '';
  throw new Error(
    `The changes do not apply to ${folder}: ${applied.stderr.trim()}\nNothing was changed.${origin} ` +
      `To merge them: jules-wasm pull ${id} --patch - | git apply --3way`,
  );
}
