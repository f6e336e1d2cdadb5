// Changes of which a patch only says that they are there, in a line or a few, without hunks and without a header of git.
import { Header, NOWHERE, SUBMODULE } from './header.js';
import { lineAt, nextLine } from './lines.js';
import { sharedPathOfSplit } from './names.js';

/** GNU's `diff`, and busybox's, which writes `Files`. */
const BINARY = /^(?:Binary files|Files) (.+) differ$/s;

/** Mercurial without `--git`. It does not say whether the file is new. */
const BINARY_IN_MERCURIAL = /^Binary file (.+) has changed$/s;

/** Subversion, of a file that is named in an `Index: ` line two lines before. It does not say whether the file is new. */
const BINARY_IN_SUBVERSION = 'Cannot display: file marked as a binary type.';

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

/** Whether a line says that a file is binary, as git does too, after its header. */
export function isBinaryNotice(line) {
  return BINARY.test(line);
}

/** The names in such a line, which may be quoted; undefined if it does not say where the first one ends. */
export function namesOfBinary(line) {
  return namesOf(BINARY.exec(line)?.[1] ?? '');
}

function binaryAt(text, at) {
  if (!text.startsWith('Binary file', at) && !text.startsWith('Files ', at)) return undefined;
  const line = lineAt(text, at);
  const path = BINARY_IN_MERCURIAL.exec(line)?.[1];
  const names = path ? [path, path] : namesOfBinary(line);
  return names && noticeOf(...names, nextLine(text, at), true);
}

/** The names that stand on both sides of an `and`, which names may also have in them. */
function namesOf(both) {
  const parts = both.split(' and ');
  if (parts.length === 2) return parts;
  if (parts[0] === NOWHERE) return [NOWHERE, parts.slice(1).join(' and ')];
  if (parts.at(-1) === NOWHERE) return [parts.slice(0, -1).join(' and '), NOWHERE];
  const path = sharedPathOfSplit(both, ' and ');
  return path && [path, path];
}

/** A notice about a file that has the same name on both sides, or `/dev/null` on one. */
function noticeOf(old, new_, end, binary) {
  const header = new Header();
  header.oldName = old;
  header.newName = new_;
  return { header, end, binary };
}

function binaryInSubversionAt(text, at) {
  if (!text.startsWith('Index: ', at)) return undefined;
  const second = nextLine(text, at);
  const third = nextLine(text, second);
  if (!text.startsWith('====', second) || !text.startsWith(BINARY_IN_SUBVERSION, third)) return undefined;
  const path = lineAt(text, at).slice('Index: '.length);
  const fourth = nextLine(text, third);
  const end = text.startsWith('svn:mime-type = ', fourth) ? nextLine(text, fourth) : fourth;
  return noticeOf(path, path, end, true);
}

function submoduleAt(text, at) {
  if (!text.startsWith('Submodule ', at)) return undefined;
  let path, old, new_;
  let end = at;
  // Up to three lines speak of one submodule.
  for (; ; end = nextLine(text, end)) {
    const line = lineAt(text, end);
    const found = COMMITS.exec(line) ?? DIRTY.exec(line);
    if (!found || (path !== undefined && (path !== found[1] || old))) break;
    [, path, old, new_] = found;
  }
  if (path === undefined) return undefined;
  while (COMMIT.test(text.slice(end, end + 4))) end = nextLine(text, end);
  const notice = noticeOf(path, path, end, false);
  if (/^0+$/.test(old)) Object.assign(notice.header, { changeType: 'created', newMode: SUBMODULE });
  if (/^0+$/.test(new_)) Object.assign(notice.header, { changeType: 'deleted', oldMode: SUBMODULE });
  return notice;
}
