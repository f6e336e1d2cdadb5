/**
 * Unified diffs. Needs no wasm: importing it costs a few kilobytes.
 *
 * @example
 * ```ts
 * import { parseUnidiff } from 'jules-wasm/diff';
 *
 * const files = parseUnidiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n');
 * console.log(files.map((file) => `${file.path}: +${file.additions} -${file.deletions}`));
 * ```
 *
 * @module
 */

/** One file of a patch. */
export interface GeneratedFile {
  /** The path after the change; of a deleted file, before it. Unquoted, and without `a/` or `b/`. */
  path: string;
  /** The path before the change, if the file was renamed or copied. */
  oldPath?: string;
  /** How it was changed. A change of the mode alone is `modified`. */
  changeType: 'created' | 'modified' | 'deleted' | 'renamed' | 'copied';
  /** Lines added, as `git apply --numstat` counts. 0 for binary files. */
  additions: number;
  /** Lines removed, as `git apply --numstat` counts. 0 for binary files. */
  deletions: number;
  /** Whether the patch treats the file as binary. */
  binary: boolean;
  /** The mode before, if it was deleted or its mode was changed, such as `100644`. */
  oldMode?: string;
  /** The mode after, if it was created or its mode was changed. */
  newMode?: string;
  /** How similar the content before and after is, in percent, where git says so: renames, copies and rewrites. */
  similarity?: number;
  /**
   * The whole content of a created text file, exactly as `git apply` writes it: CRLF and a missing final newline are
   * kept. A patch does not hold that of any other file.
   */
  content?: string;
  /** This file's section of the patch, verbatim. */
  patch: string;
  /**
   * `true` if the section is cut or broken, so that counts may be too low. Also for combined diffs of merges, whose lines
   * are not counted.
   */
  incomplete?: boolean;
}

/** The official SDK's name of {@link GeneratedFile}. */
export type ParsedFile = GeneratedFile;

/**
 * The files of a unified diff in its order: as git writes them, or `diff -u`, Subversion and Mercurial. Prose before,
 * between and after them is skipped, and a file whose name cannot be read is left out. Never throws: of a broken patch it
 * returns what can be read, and marks it `incomplete`. A submodule of `diff.submodule=log` is a change without lines.
 *
 * @example
 * ```ts
 * import { parseUnidiff } from 'jules-wasm';
 *
 * const [file] = parseUnidiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n');
 * console.log(file.path, file.changeType, file.additions, file.deletions);
 * ```
 */
export function parseUnidiff(patch?: string | null): GeneratedFile[];
