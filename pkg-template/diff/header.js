// The lines before a file's first hunk: git's extended headers, or only the `---` and `+++` of a plain patch.
import { beginsPlainFile } from './hunk.js';
import { nameOf, pathsOf, splitName } from './names.js';

/** The name of a file that is not there. */
export const NOWHERE = '/dev/null';

/** The mode of a submodule, which is no file. */
export const SUBMODULE = '160000';

const GIT = 'diff --git ';
/** The beginnings of the combined diff of a merge. */
const COMBINED = ['diff --cc ', 'diff --combined '];

/** What the extended header lines of git change in a header. */
const EXTENDED = {
  'index ': (header, value) => {
    header.index = value;
  },
  'old mode ': (header, value) => {
    header.oldMode = modeOf(value);
  },
  'new mode ': (header, value) => {
    header.newMode = modeOf(value);
  },
  'new file mode ': (header, value) => {
    header.changeType ??= 'created';
    header.newMode = modeOf(value);
  },
  'deleted file mode ': (header, value) => {
    header.changeType ??= 'deleted';
    header.oldMode = modeOf(value);
  },
  'rename from ': renamed,
  'rename old ': renamed,
  'rename to ': movedTo,
  'rename new ': movedTo,
  'copy from ': (header, value) => movedFrom(header, value, 'copied'),
  'copy to ': movedTo,
  'similarity index ': (header, value) => {
    header.similarity = percentOf(value);
  },
  'dissimilarity index ': (header, value) => {
    header.similarity = 100 - percentOf(value);
  },
};

/** The one of these with which the current line begins. */
function extendedKey(lines) {
  for (const key in EXTENDED) if (lines.startsWith(key)) return key;
  return undefined;
}

function renamed(header, value) {
  movedFrom(header, value, 'renamed');
}

function movedFrom(header, value, changeType) {
  header.changeType ??= changeType;
  header.source = nameOf(value);
}

function movedTo(header, value) {
  header.target = nameOf(value);
}

/** Whether a header begins at the current line. */
export function beginsHeader(lines) {
  if (!lines.startsWith('diff ')) return beginsPlainFile(lines.text, lines.at);
  return lines.startsWith(GIT) || COMBINED.some((start) => lines.startsWith(start));
}

/** The header of one file, as far as it can be read. */
export class Header {
  /** `git`, `combined`, or `plain`: nothing but the names. */
  format = 'plain';
  /** The change type, if the header contains it; otherwise undefined. */
  changeType = undefined;
  /** Octal digits. */
  oldMode = undefined;
  newMode = undefined;
  /** In percent; NaN if it cannot be read. */
  similarity = NaN;
  /** The hashes of the content before and after, such as `8f3a9c1..e69de29 100644`. */
  index = '';
  /** The names without a prefix: those of a rename, of a copy, of a combined diff. */
  source = undefined;
  target = undefined;
  /** Both names of the `diff --git` line. */
  #pair = '';
  /** The names of the `---` and `+++` lines, with their prefixes; undefined for `/dev/null`. */
  #old = undefined;
  #new = undefined;
  /** Whether there is a `---` line. */
  #hasNames = false;

  /** Reads the header that begins at the current line. */
  static read(lines) {
    const header = new Header();
    if (lines.startsWith('diff ')) header.#readExtended(lines);
    if (lines.startsWith('--- ')) {
      header.nameOld(...splitName(lines.take().slice(4)));
      header.#hasNames = true;
      if (lines.startsWith('+++ ')) header.nameNew(...splitName(lines.take().slice(4)));
    }
    return header;
  }

  #readExtended(lines) {
    const first = lines.take();
    if (first.startsWith(GIT)) {
      this.format = 'git';
      this.#pair = first.slice(GIT.length);
    } else {
      this.format = 'combined';
      this.target = nameOf(first.replace(/^diff \S+ /, ''));
    }
    while (!lines.startsWith('--- ')) {
      const key = extendedKey(lines);
      if (!key) break;
      EXTENDED[key](this, lines.take().slice(key.length));
    }
  }

  /** Sets the name before the change. `rest` is the text after the name. */
  nameOld(name, rest) {
    if (name !== NOWHERE) this.#old = name;
    if (name === NOWHERE || saysNonexistent(rest)) this.changeType ??= 'created';
  }

  /** Sets the name after the change. `rest` is the text after the name. */
  nameNew(name, rest) {
    if (name !== NOWHERE) this.#new = name;
    if (name === NOWHERE || saysNonexistent(rest)) this.changeType ??= 'deleted';
  }

  /** Whether the header says that hunks or a binary patch must follow. */
  get promisesHunks() {
    return this.#hasNames || this.similarity < 100 || (this.changeType !== 'deleted' && changesContent(this.index));
  }

  /** The old and the new path; undefined if the header is too damaged. */
  get paths() {
    const named = pathsOf(this.#pair, this.#old, this.#new);
    if (this.target) return [this.source ?? named?.[0] ?? this.target, this.target];
    if (!named) return undefined;
    const [old, new_] = named;
    // `--- x.c.orig`, `+++ x.c`: the patch changes the file, not its backup.
    return [this.source ?? old, this.format === 'plain' && new_.startsWith(old) ? old : new_];
  }
}

function modeOf(value) {
  return /^[0-7]+$/.test(value) ? value : undefined;
}

function percentOf(value) {
  return Number(/^(\d\d?|100)%$/.exec(value)?.[1]);
}

/** The beginnings of the hashes of empty content, in SHA-1 and SHA-256. */
const EMPTY = ['e69de29bb2d1d643', '473a0f4c3be8a936'];

/** Whether `index 8f3a9c1..e69de29 100644` names two contents. That of a new empty file counts as none: it has no hunks. */
function changesContent(value) {
  const [, old, new_] = /^([^.]*)\.\.([^ ]*)/.exec(value) ?? [];
  if (old === new_ || /^0*$/.test(new_)) return false;
  const isEmpty = new_.length >= 4 && EMPTY.some((hash) => hash.startsWith(new_.slice(0, hash.length)));
  return !(/^0*$/.test(old) && isEmpty);
}

/**
 * Whether the text after a name means that there is no such file: svn's words, of which older releases write
 * `(revision 0)`, or 1970-01-01 00:00:00 UTC, which `diff -N` writes.
 */
function saysNonexistent(rest) {
  if (!rest) return false;
  const time = /^\t(1969-12-31|1970-01-01) (\d\d:\d\d:\d\d)(?:\.0+)? ([+-]\d\d):?(\d\d)$/.exec(rest);
  if (time) return Date.parse(`${time[1]}T${time[2]}${time[3]}:${time[4]}`) === 0;
  return /\t\((?:nonexistent|revision 0)\)$/.test(rest);
}
