// Files of a patch with a method that applies it. Apart from the parser, so that `jules-wasm/diff` stays small.
import { parseUnidiff as parse } from '../diff.js';
import { nextLine } from '../diff/lines.js';
import { invalid, PatchError } from './errors.js';

/** The files of a patch, as those of `jules-wasm/diff`, each with `apply`. */
export function parseUnidiff(patch) {
  return parse(patch).map(withApply);
}

/** Adds `apply` to a file: not enumerable, so that the file stays plain data for copies, comparisons and JSON. */
function withApply(file) {
  return Object.defineProperty(file, 'apply', APPLY);
}

const APPLY = {
  value(base) {
    const before = base ?? (this.changeType === 'created' ? '' : undefined);
    if (typeof before !== 'string') throw invalid('base', 'must be a string, the content of the file before the change');
    const obstacle = obstacleOf(this);
    if (obstacle) throw new PatchError(`${this.path}: the patch cannot be applied: ${OBSTACLES[obstacle]}.`, { path: this.path, reason: obstacle });
    return applied(this, before);
  },
  writable: true,
  configurable: true,
};

/**
 * The content after the change, or undefined if the patch deletes the file. Exact, at the lines that the hunks name: the patch is
 * made for one commit, so a hunk that fits elsewhere, as `git apply` looks for, would be a guess.
 */
function applied({ path, changeType, patch }, base) {
  // Where the rest of the base begins, and the number of that line.
  let [rest, line] = [0, 1];
  const mismatch = (why) => {
    const message = `${path}: the patch does not fit the content at line ${line}: ${why}. Pass the file as of the patch's base commit.`;
    return new PatchError(message, { path, reason: 'mismatch', line });
  };
  if (changeType === 'created' && base !== '') throw mismatch('the patch creates this file');
  let content = '';
  for (const { start, before, after } of hunksOf(patch)) {
    const from = rest;
    for (; line < start && rest < base.length; line++) rest = nextLine(base, rest);
    if (line < start) throw mismatch('it ends there');
    if (line > start) throw mismatch('the hunks of the patch overlap');
    content += base.slice(from, rest);
    for (const expected of before) {
      const end = nextLine(base, rest);
      if (base.slice(rest, end) !== expected) throw mismatch(`the patch expects ${JSON.stringify(expected)}`);
      [rest, line] = [end, line + 1];
    }
    content += after;
  }
  if (changeType !== 'deleted') return content + base.slice(rest);
  if (rest < base.length) throw mismatch('the patch deletes the file, and expects its end');
  return undefined;
}

const OBSTACLES = {
  incomplete: 'it is truncated, malformed or the combined diff of a merge',
  binary: 'the file is binary',
  submodule: 'it is about a submodule',
};

function obstacleOf({ incomplete, binary, oldMode, newMode, patch }) {
  if (incomplete) return 'incomplete';
  if (binary) return 'binary';
  const header = patch.slice(0, patch.indexOf('\n@@'));
  const isSubmodule = oldMode === '160000' || newMode === '160000' || / 160000$/m.test(header) || header.startsWith('Submodule ');
  return isSubmodule ? 'submodule' : undefined;
}

/** `@@ -1,7 +1,8 @@`: the first line and both lengths. */
const HUNK = /@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/y;

/** The hunks of a complete section: the first line, the lines before the change, the text after it. */
function* hunksOf(patch) {
  for (let at = 0; at < patch.length; at = nextLine(patch, at)) {
    HUNK.lastIndex = at;
    const header = HUNK.exec(patch);
    if (!header) continue;
    const [first, oldLeft, newLeft] = [header[1], header[2] ?? 1, header[3] ?? 1].map(Number);
    // A hunk without old lines is inserted after the line that it names.
    yield { start: oldLeft === 0 ? first + 1 : first, ...sidesOf(patch, nextLine(patch, at), oldLeft, newLeft) };
  }
}

function sidesOf(patch, at, oldLeft, newLeft) {
  const before = [];
  const after = [];
  let last = [];
  while (oldLeft > 0 || newLeft > 0 || patch[at] === '\\') {
    const sign = patch[at];
    const next = nextLine(patch, at);
    if (sign === '\\') {
      for (const side of last) side.push(side.pop().replace(/\n$/, ''));
    } else {
      // Some tools trim the space of an empty context line; a patch may have lost its own last line end.
      const line = patch.slice(sign === '\n' || sign === '\r' ? at : at + 1, next).replace(/\n?$/, '\n');
      last = sign === '+' ? [after] : sign === '-' ? [before] : [before, after];
      for (const side of last) side.push(line);
      if (sign !== '+') oldLeft--;
      if (sign !== '-') newLeft--;
    }
    at = next;
  }
  return { before, after: after.join('') };
}
