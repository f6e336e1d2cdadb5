/** Writes the files of a session, inside of one folder only. */
import { chmod, lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Rejects paths that lead out of the folder or into the data of git, for all files before any of them is written. */
export async function checkPaths(files, folder, id) {
  for (const { path, oldPath } of files) {
    for (const name of oldPath === undefined ? [path] : [path, oldPath]) {
      const problem = problemOf(name) ?? (await linkIn(name, folder));
      if (problem) throw new Error(`The path ${JSON.stringify(name)} ${problem}. Nothing was changed. Read the patch: jules-wasm pull ${id} --patch -`);
    }
  }
}

function problemOf(path) {
  const parts = path.split(/[/\\]/);
  if (path === '' || path.includes('\0') || /^(?:[/\\]|[a-z]:)/i.test(path) || parts.includes('..')) return 'leads out of the folder';
  // Windows and macOS accept other spellings of `.git`.
  if (parts.some((part) => /^(?:\.git|git~\d)[. ]*$/i.test(part.replace(/\p{Cf}/gu, '').replace(/:.*$/, '')))) return 'leads into the data of git';
  return undefined;
}

/** A file is never written through a symbolic link. */
async function linkIn(path, folder) {
  let at = folder;
  for (const part of path.split('/').slice(0, -1)) {
    at = join(at, part);
    const found = await lstat(at).catch(() => undefined);
    if (found?.isSymbolicLink()) return `leads through the symbolic link ${at}`;
  }
  return undefined;
}

/** Writes the files. The content of all is computed first, so that one that does not fit costs nothing. */
export async function writeFiles(files, folder, isDry) {
  const changes = [];
  for (const file of files) changes.push(await changeOf(file, folder));
  if (isDry) return;
  // All removals come first: a file may have the name that another one had before.
  for (const { removed } of changes) if (removed) await rm(removed);
  for (const { target, content, mode } of changes) {
    if (content === undefined) continue;
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
    if (mode) await chmod(target, mode);
  }
}

async function changeOf(file, folder) {
  const { path, oldPath = path, changeType, newMode } = file;
  const [target, source] = [path, oldPath].map((name) => join(folder, ...name.split('/')));
  if (newMode && !newMode.startsWith('100')) throw new Error(`${path} is a symbolic link or a submodule. Nothing was changed. Leave out --files to use git.`);
  if (changeType === 'created' && (await exists(target))) throw new Error(`${target} exists already. Nothing was changed.`);
  const content = file.apply(changeType === 'created' ? undefined : await contentOf(source));
  const isRemoved = changeType === 'deleted' || changeType === 'renamed';
  return { removed: isRemoved ? source : undefined, target, content, mode: newMode && Number.parseInt(newMode.slice(-3), 8) };
}

async function contentOf(path) {
  if ((await lstat(path)).isSymbolicLink()) throw new Error(`${path} is a symbolic link. Nothing was changed. Leave out --files to use git.`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`${path} is not a text in UTF-8. Nothing was changed. Leave out --files to use git.`, { cause: error });
  }
}

const exists = (path) => lstat(path).then(() => true, () => false);
