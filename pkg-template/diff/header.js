// The lines before a file's first hunk: git's extended headers, or only the `---` and `+++` of a plain patch.
import { beginsPlainFile } from './hunk.js';
import { nameOf, pathsOf, splitName } from './names.js';

/** The name of a file that is not there. */
export const NOWHERE = '/dev/null';

/** The mode of a submodule, which is no file. */
export const SUBMODULE = '160000';

/** What nearly all headers are: those that git writes of a changed or of a created file. */
const USUAL =
  /diff --git a\/([^\s"]+) b\/\1\n(?:index \S+ \d+\n--- a\/\1|new file mode ([0-7]+)\nindex \S+\n--- \/dev\/null)\n\+\+\+ b\/\1\n/y;

/** The extended header lines of git: the property of a header that they set, how it is read, and the change type that they mean. */
const EXTENDED = {
  'index ': ['index', String],
  'old mode ': ['oldMode', modeOf],
  'new mode ': ['newMode', modeOf],
  'new file mode ': ['newMode', modeOf, 'created'],
  'deleted file mode ': ['oldMode', modeOf, 'deleted'],
  'rename from ': ['source', nameOf, 'renamed'],
  'rename old ': ['source', nameOf, 'renamed'],
  'rename to ': ['target', nameOf],
  'rename new ': ['target', nameOf],
  'copy from ': ['source', nameOf, 'copied'],
  'copy to ': ['target', nameOf],
  'similarity index ': ['similarity', percentOf],
  'dissimilarity index ': ['similarity', (value) => 100 - percentOf(value)],
};

/** Whether a header begins at the current line. */
export function beginsHeader(lines) {
  return lines.startsWith('diff --git ') || beginsCombined(lines) || beginsPlainFile(lines.text, lines.at);
}

/** Whether the combined diff of a merge begins at the current line. */
function beginsCombined(lines) {
  return lines.startsWith('diff --cc ') || lines.startsWith('diff --combined ');
}

/** The header of one file, as far as it can be read. */
export class Header {
  /** `git`, `combined`, or `plain`: nothing but the names. */
  format = 'plain';
  /** The change type, if the header contains it; otherwise undefined. */
  changeType;
  /** Octal digits. */
  oldMode;
  newMode;
  /** In percent; NaN if it cannot be read. */
  similarity = NaN;
  /** The hashes of the content before and after, such as `8f3a9c1..e69de29 100644`. */
  index = '';
  /** The names without a prefix: those of a rename, of a copy, of a combined diff. */
  source;
  target;
  /** Both names of the `diff --git` line. */
  #pair = '';
  /** The names of the `---` and `+++` lines, with their prefixes; undefined for `/dev/null`. */
  #old;
  #new;
  /** Whether there is a `---` line. */
  #hasNames = false;

  /** Reads the header that begins at the current line. */
  static read(lines) {
    const header = new Header();
    if (!header.#readUsual(lines)) header.#readLines(lines);
    return header;
  }

  /** Reads a usual header, in a fourth of the time that its lines take one by one. Returns whether it is one. */
  #readUsual(lines) {
    USUAL.lastIndex = lines.at;
    const found = USUAL.exec(lines.text);
    if (!found) return false;
    [, this.target, this.newMode] = found;
    this.source = this.target;
    this.format = 'git';
    lines.at = USUAL.lastIndex;
    if (this.newMode) this.changeType = 'created';
    this.#hasNames = true;
    return true;
  }

  #readLines(lines) {
    if (lines.startsWith('diff ')) this.#readExtended(lines);
    if (lines.startsWith('--- ')) {
      this.nameOld(...splitName(lines.take().slice(4)));
      this.#hasNames = true;
      if (lines.startsWith('+++ ')) this.nameNew(...splitName(lines.take().slice(4)));
    }
  }

  #readExtended(lines) {
    const [, kind, names] = /^diff --(\S+) (.*)/s.exec(lines.take());
    this.format = kind === 'git' ? kind : 'combined';
    if (kind === 'git') this.#pair = names;
    else this.target = nameOf(names);
    for (let key; (key = Object.keys(EXTENDED).find((start) => lines.startsWith(start))); ) {
      const [property, read, changeType] = EXTENDED[key];
      this[property] = read(lines.take().slice(key.length));
      this.changeType ??= changeType;
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
    if (this.source && this.target) return [this.source, this.target];
    const named = pathsOf(this.#pair, this.#old, this.#new);
    if (this.target) return [named?.[0] ?? this.target, this.target];
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
