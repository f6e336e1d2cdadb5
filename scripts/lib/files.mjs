/** Folders as lists of files, and their digests. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The files below a folder (or the file itself), as sorted paths relative to `base`. */
export function listFiles(path, base = path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [relative(base, path)];
  return readdirSync(path)
    .flatMap((name) => listFiles(join(path, name), base))
    .sort((a, b) => (a < b ? -1 : 1));
}

/** The digest of all files at the paths, with their names. A path that is not there counts as none. */
export function digestOf(base, paths, ...extra) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of listFiles(join(base, path), base)) {
      const content = readFileSync(join(base, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  for (const text of extra) hash.update(`\0${text}`);
  return hash.digest('hex');
}
