// Notices: one or a few lines that report a change without hunks and without a header of git.
import { Header, NOWHERE, SUBMODULE } from './header.js';
import { lineAt, nextLine } from './lines.js';
import { nameOf, sharedPathOfSplit } from './names.js';

/** GNU's `diff`, and busybox's, which writes `Files`. */
const BINARY = /^(?:Binary files|Files) (.+) differ$/s;

/** Mercurial without `--git`. It does not say whether the file is new. */
const BINARY_IN_MERCURIAL = /^Binary file (.+) has changed$/s;

/** Subversion, of a file that is named in an `Index: ` line two lines before. It does not say whether the file is new. */
const BINARY_IN_SUBVERSION =
  /Index: ([^\n]*?)\r?\n====[^\n]*\nCannot display: file marked as a binary type\.[^\n]*\n?(?:svn:mime-type = [^\n]*\n?)?/y;

/** `diff.submodule=log`. A hash of zeros stands for a submodule that is not there. */
const COMMITS = /^Submodule (.+) ([0-9a-f]{4,64})\.{2,3}([0-9a-f]{4,64})(?: \(.+\))?:?$/s;
const DIRTY = /^Submodule (.+) contains (?:untracked|modified) content$/s;
const COMMIT = /^ {2}[<>] /;

/**
 * The notice that begins at `at`: the file's header, where the notice ends, and whether the file is binary. Undefined if
 * none begins there.
 */
export function noticeAt(text, at) {
  return binaryAt(text, at) ?? binaryInSubversionAt(text, at) ?? submoduleAt(text, at);
}

/** Whether a line reports that a file is binary. Git writes such a line after its header. */
export function isBinaryNotice(line) {
  return BINARY.test(line);
}

/** Sets the names of a header from such a line, if the end of the first one is unambiguous: names may contain `and` too. */
export function readNames(header, line) {
  const both = BINARY.exec(line)?.[1] ?? '';
  const parts = both.split(' and ');
  if (parts.length === 2 || parts[0] === NOWHERE) nameBoth(header, parts[0], parts.slice(1).join(' and '));
  else if (parts.at(-1) === NOWHERE) nameBoth(header, parts.slice(0, -1).join(' and '), NOWHERE);
  else header.target = sharedPathOfSplit(both, ' and ');
}

function nameBoth(header, old, new_) {
  header.nameOld(nameOf(old));
  header.nameNew(nameOf(new_));
}

function binaryAt(text, at) {
  const line = lineAt(text, at);
  const target = BINARY_IN_MERCURIAL.exec(line)?.[1];
  if (!target && !isBinaryNotice(line)) return undefined;
  const header = new Header();
  header.target = target;
  if (!target) readNames(header, line);
  return header.paths && { header, end: nextLine(text, at), binary: true };
}

function binaryInSubversionAt(text, at) {
  BINARY_IN_SUBVERSION.lastIndex = at;
  const found = BINARY_IN_SUBVERSION.exec(text);
  if (!found) return undefined;
  const header = new Header();
  header.target = found[1];
  return { header, end: at + found[0].length, binary: true };
}

function submoduleAt(text, at) {
  let path, old, new_;
  let end = at;
  // A submodule has up to three lines.
  for (; ; end = nextLine(text, end)) {
    const line = lineAt(text, end);
    const found = COMMITS.exec(line) ?? DIRTY.exec(line);
    if (!found || (path !== undefined && (path !== found[1] || old))) break;
    [, path, old, new_] = found;
  }
  if (path === undefined) return undefined;
  while (COMMIT.test(lineAt(text, end))) end = nextLine(text, end);
  const header = new Header();
  header.target = path;
  if (/^0+$/.test(old)) Object.assign(header, { changeType: 'created', newMode: SUBMODULE });
  if (/^0+$/.test(new_)) Object.assign(header, { changeType: 'deleted', oldMode: SUBMODULE });
  return { header, end, binary: false };
}
