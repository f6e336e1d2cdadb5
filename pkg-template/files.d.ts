import type { ParsedFile } from './diff.js';

/** One file of a change set. */
export interface GeneratedFile extends ParsedFile {
  /**
   * Returns the content of the file after the change, or `undefined` if the patch deletes the file. Exact: every hunk must fit at
   * the lines that it names, and line ends count. Not enumerable, and not there in copies, such as those of `structuredClone`.
   *
   * Throws a `PatchError` if the patch does not fit `base`, if the file is binary or a submodule, or if its part of the patch is
   * `incomplete`. A file that is only moved, copied or given another mode keeps its content.
   *
   * @param base the content before the change, at the patch's base commit: that of `oldPath` if the file was renamed or copied.
   * May be left out for a created file
   *
   * @example
   * ```ts
   * import { parseUnidiff } from 'jules-wasm';
   *
   * const [file] = parseUnidiff('--- a/x\n+++ b/x\n@@ -2 +2 @@\n-two\n+zwei\n');
   * console.log(file?.apply('one\ntwo\nthree\n')); // one, zwei, three
   * ```
   */
  apply(base?: string | null): string | undefined;
}

/**
 * The same as `parseUnidiff` of `jules-wasm/diff`, with a method `apply` of each file.
 *
 * @example
 * ```ts
 * import { parseUnidiff } from 'jules-wasm';
 *
 * const [file] = parseUnidiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n');
 * console.log(file.path, file.changeType, file.additions, file.apply('old\n'));
 * ```
 */
export function parseUnidiff(patch?: string | null): GeneratedFile[];
