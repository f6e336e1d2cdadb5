// Hunks. The header of a hunk contains its number of lines, and exactly these are read, even if they look like headers.
import { nextLine } from './lines.js';

/** `@@ -1,7 +1,8 @@ fn main() {`; a length that is left out is 1. */
const HEADER = /@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/y;

const LF = 10;
const CR = 13;
const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const BACKSLASH = 92;

/**
 * Reads the hunk at `at`. Stops at a line that cannot belong to it.
 *
 * @returns {{ end: number, additions: number, deletions: number, context: number, content: string, isWhole: boolean }}
 *   `content` is that of the added lines, if it `hasContent`; `isWhole` is false if not all promised lines are there
 */
export function readHunk(text, at, hasContent) {
  HEADER.lastIndex = at;
  const header = HEADER.exec(text);
  let oldLeft = header ? Number(header[1] ?? 1) : 0;
  let newLeft = header ? Number(header[2] ?? 1) : 0;
  let isWhole = header !== null;
  let [additions, deletions, context] = [0, 0, 0];
  // The last line is kept separately: the next one may be the note that it has no line end.
  let [content, last] = ['', ''];
  at = nextLine(text, at);
  while (oldLeft > 0 || newLeft > 0) {
    const sign = text.charCodeAt(at);
    const next = nextLine(text, at);
    if (sign === PLUS && newLeft > 0) {
      additions++;
      newLeft--;
      if (hasContent) [content, last] = [content + last, addedLine(text, at, next)];
    } else if (sign === MINUS && oldLeft > 0 && !interrupts(text, at, oldLeft, newLeft)) {
      deletions++;
      oldLeft--;
    } else if (oldLeft > 0 && newLeft > 0 && (sign === SPACE || isEmptyLine(text, at, sign))) {
      context++;
      oldLeft--;
      newLeft--;
    } else if (sign === BACKSLASH) {
      last = last.replace(/\n$/, '');
    } else {
      isWhole = false;
      break;
    }
    at = next;
  }
  // `\ No newline at end of file`, in any language, refers to the line before it.
  if (isWhole && text.charCodeAt(at) === BACKSLASH) {
    last = last.replace(/\n$/, '');
    at = nextLine(text, at);
  }
  return { end: at, additions, deletions, context, content: content + last, isWhole };
}

/** An added line of content. A patch may have lost its own last line end. */
function addedLine(text, at, next) {
  const line = text.slice(at + 1, next);
  return next === text.length && !line.endsWith('\n') ? `${line}\n` : line;
}

/** Some tools trim the space of an empty context line. */
function isEmptyLine(text, at, sign) {
  return sign === LF || (sign === CR && text.charCodeAt(at + 1) === LF);
}

/**
 * Whether the file ends here, although more lines were promised: a cut hunk. No line of a hunk begins with `@@`, so a
 * removed and an added line that look like `---` and `+++` could only be the very last two.
 */
function interrupts(text, at, oldLeft, newLeft) {
  return text.charCodeAt(at + 1) === MINUS && !(oldLeft === 1 && newLeft === 1) && beginsPlainFile(text, at);
}

/** Whether the `---`, `+++` and `@@` that begin a file stand at `at`. */
export function beginsPlainFile(text, at) {
  if (!text.startsWith('--- ', at)) return false;
  const second = nextLine(text, at);
  return text.startsWith('+++ ', second) && text.startsWith('@@ -', nextLine(text, second));
}

/** Whether the line after a whole hunk looks like more of it, so that the promised length was wrong. */
export function spills(text, at) {
  const sign = text.charCodeAt(at);
  if (sign !== MINUS) return sign === PLUS;
  // Mails end with `-- ` and the version of git.
  return !text.startsWith('--- ', at) && text.slice(at, nextLine(text, at)).trimEnd() !== '--';
}
