// Unified diffs, as git and `diff -u` write them, read in one pass.
//
// The header of a hunk contains its number of lines, and exactly these are its content, also if they look like headers. Files of
// a malformed patch are returned as far as they can be read, and marked.
import { skipBinaryPatch } from './diff/binary.js';
import { beginsHeader, Header, SUBMODULE } from './diff/header.js';
import { readHunk, spills } from './diff/hunk.js';
import { Lines } from './diff/lines.js';
import { isBinaryNotice, noticeAt, readNames } from './diff/notice.js';

/** The files of a patch; see diff.d.ts. */
export function parseUnidiff(patch) {
  const lines = new Lines(String(patch ?? ''));
  const files = [];
  while (!lines.atEnd) {
    const section = beginsHeader(lines) ? Section.read(lines) : Section.ofNotice(lines);
    const file = section?.toFile(lines.text);
    if (file) files.push(file);
    if (!section) lines.skip();
  }
  return files;
}

/** The part of a patch that is about one file. */
class Section {
  #header;
  #start;
  #end;
  #hunks = 0;
  #additions = 0;
  #deletions = 0;
  #binary = false;
  #isBroken = false;
  /** That of a created file. */
  #content = '';

  constructor(header, start, end) {
    this.#header = header;
    this.#start = start;
    this.#end = end;
  }

  /** Reads the section whose header begins at the current line. */
  static read(lines) {
    const start = lines.at;
    const header = Header.read(lines);
    const section = new Section(header, start, lines.at);
    // The lines of a combined diff are not read.
    section.#isBroken = header.format === 'combined';
    while (!lines.atEnd) {
      if (section.#readPart(lines)) continue;
      // Other text ends a section. In a broken section it may be the damage, and hunks may follow.
      if (!section.#lacksSomething || beginsHeader(lines) || noticeAt(lines.text, lines.at)) break;
      lines.skip();
    }
    return section;
  }

  /** The section of a file about which there is only a notice; undefined if there is none at the current line. */
  static ofNotice(lines) {
    const notice = noticeAt(lines.text, lines.at);
    if (!notice) return undefined;
    const section = new Section(notice.header, lines.at, notice.end);
    section.#binary = notice.binary;
    lines.at = notice.end;
    return section;
  }

  /** Whether the section is cut or broken, as far as it was read. */
  get #lacksSomething() {
    return this.#isBroken || (this.#hunks === 0 && !this.#binary && this.#header.promisesHunks);
  }

  /** Reads a hunk or a binary patch, if one begins at the current line. Returns whether one does. */
  #readPart(lines) {
    const { format } = this.#header;
    if (lines.startsWith('@@ -')) this.#readHunk(lines);
    else if (format === 'combined' && lines.startsWith('@@@')) skipCombinedHunk(lines);
    else if (format !== 'git' || this.#hunks > 0 || this.#binary || !this.#readBinary(lines)) return false;
    this.#end = lines.at;
    return true;
  }

  /** Reads what git writes of binary files: their bytes, or only that they differ. */
  #readBinary(lines) {
    const line = lines.peek();
    const isPatch = line === 'GIT binary patch';
    this.#binary = isPatch || isBinaryNotice(line);
    if (this.#binary) lines.skip();
    if (isPatch) this.#isBroken = !skipBinaryPatch(lines);
    // `git diff --no-index` may compare files with different names, which are only in this line.
    else if (this.#binary && !this.#header.paths) readNames(this.#header, line);
    return this.#binary;
  }

  #readHunk(lines) {
    const isCreated = this.#header.changeType === 'created';
    const hunk = readHunk(lines.text, lines.at, isCreated);
    lines.at = hunk.end;
    this.#hunks++;
    this.#additions += hunk.additions;
    this.#deletions += hunk.deletions;
    this.#content += hunk.content;
    // A created file has no old lines, and one hunk.
    const fits = !isCreated || (this.#hunks === 1 && hunk.oldLines === 0);
    if (!hunk.isWhole || !fits || spills(lines.text, lines.at)) this.#isBroken = true;
  }

  /** The file of the section; undefined if it has no readable name. */
  toFile(text) {
    const header = this.#header;
    const paths = header.paths;
    if (!paths) return undefined;
    const [old, new_] = paths;
    const changeType = header.changeType ?? (header.format === 'git' && old !== new_ ? 'renamed' : 'modified');
    const file = { path: changeType === 'deleted' ? old : new_ };
    if (changeType === 'renamed' || changeType === 'copied') file.oldPath = old;
    file.changeType = changeType;
    file.additions = this.#additions;
    file.deletions = this.#deletions;
    file.binary = this.#binary;
    if (header.oldMode) file.oldMode = header.oldMode;
    if (header.newMode) file.newMode = header.newMode;
    if (header.similarity >= 0) file.similarity = header.similarity;
    const isText = !this.#binary && header.newMode !== SUBMODULE;
    if (changeType === 'created' && isText && !this.#lacksSomething) file.content = this.#content;
    file.patch = text.slice(this.#start, this.#end);
    if (this.#lacksSomething) file.incomplete = true;
    return file;
  }
}

/** The lines of a combined hunk begin with one sign for each parent, so that none looks like a header. */
function skipCombinedHunk(lines) {
  do lines.skip();
  while (/[ +\-\\]/.test(lines.text[lines.at] ?? ''));
}
