/**
 * A parser for unified diffs. It uses no WebAssembly and adds only a few kilobytes to a bundle.
 *
 * @example
 * ```ts
 * import { parseUnidiff } from 'jules-wasm/diff';
 *
 * const files = parseUnidiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n');
 * console.log(files.map((file) => `${file.path}: +${file.additions} -${file.deletions}`));
 * ```
 *
 * The files of `parseUnidiff` of `jules-wasm` have in addition a method `apply`, which returns the new content.
 *
 * @module jules-wasm/diff
 */

/** One file of a patch. */
export interface ParsedFile {
  /** The path after the change, or before it for a deleted file. Unquoted, and without `a/` or `b/`. */
  path: string;
  /** The path before the change, if the file was renamed or copied. */
  oldPath?: string;
  /** The type of the change. `modified` includes changes of the mode only. */
  changeType: 'created' | 'modified' | 'deleted' | 'renamed' | 'copied';
  /** The number of added lines, as counted by `git apply --numstat`. 0 for binary files. */
  additions: number;
  /** The number of removed lines, as counted by `git apply --numstat`. 0 for binary files. */
  deletions: number;
  /** Whether the patch treats the file as binary. */
  binary: boolean;
  /** The mode before the change, such as `100644`, if the file was deleted or its mode was changed. */
  oldMode?: string;
  /** The mode after the change, if the file was created or its mode was changed. */
  newMode?: string;
  /** The similarity of the content before and after, in percent. Only for renames, copies and rewrites in git's format. */
  similarity?: number;
  /**
   * The whole content of a created text file, exactly as `git apply` writes it, including CRLF and a missing final newline.
   * Missing for all other files, since a patch does not contain their content.
   */
  content?: string;
  /** This file's section of the patch, verbatim. */
  patch: string;
  /**
   * `true` if the section is truncated or malformed, so that counts may be too low, and for combined diffs of merges, whose
   * lines are not counted.
   */
  incomplete?: boolean;
}

/** An alias of {@link ParsedFile}. */
export type GeneratedFile = ParsedFile;

/**
 * Parses a unified diff of git, `diff -u`, Subversion or Mercurial, and returns its files in order. Other text between the
 * files is skipped, and files without a readable name are omitted. Never throws: files of a malformed patch are returned as
 * far as they can be read, and marked `incomplete`. A submodule change in the format of `diff.submodule=log` is a change
 * without lines.
 *
 * @example
 * ```ts
 * import { parseUnidiff } from 'jules-wasm';
 *
 * const [file] = parseUnidiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n');
 * console.log(file.path, file.changeType, file.additions, file.deletions);
 * ```
 */
export function parseUnidiff(patch?: string | null): ParsedFile[];
