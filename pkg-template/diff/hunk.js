// Hunks. The header of a hunk contains its number of lines, and exactly these are read, even if they look like headers.
import { nextLine } from './lines.js';

/**
 * Reads the hunk at `at`. Stops at a line that cannot belong to it.
 *
 * @returns {{ end: number, additions: number, deletions: number, oldLines: number, content: string, isWhole: boolean }}
 *   `oldLines` is the number that its header promises; `content` is that of the added lines, if it `hasContent`; `isWhole` is false
 *   if not all promised lines are there
 */
export function readHunk(text, at, hasContent) {
  // `@@ -1,7 +1,8 @@ fn main() {`
  const old = rangeAt(text, at + '@@ -'.length);
  const new_ = rangeAt(text, old.end + ' +'.length);
  let isWhole = text.startsWith(' +', old.end) && text.startsWith(' @@', new_.end);
  let oldLeft = isWhole ? old.number : 0;
  let newLeft = isWhole ? new_.number : 0;
  let additions = 0;
  let deletions = 0;
  // The last line is kept separately: the next one may be the note that it has no line end.
  let content = '';
  let last = '';
  at = nextLine(text, at);
  while (oldLeft > 0 || newLeft > 0 || text[at] === '\\') {
    const sign = text[at];
    const next = nextLine(text, at);
    if (sign === '+' && newLeft > 0) {
      additions++;
      newLeft--;
      if (hasContent) {
        content += last;
        last = addedLine(text, at, next);
      }
    } else if (sign === '-' && oldLeft > 0 && !interrupts(text, at, oldLeft, newLeft)) {
      deletions++;
      oldLeft--;
    } else if (oldLeft > 0 && newLeft > 0 && (sign === ' ' || isEmptyLine(text, at, sign))) {
      oldLeft--;
      newLeft--;
    } else if (sign === '\\') {
      // `\ No newline at end of file`, in any language, refers to the line before it.
      last = last.replace(/\n$/, '');
    } else {
      isWhole = false;
      break;
    }
    at = next;
  }
  return { end: at, additions, deletions, oldLines: old.number, content: content + last, isWhole };
}

/** The length of the range at `at`, such as `1,7`, and where it ends. A length that is left out is 1. */
function rangeAt(text, at) {
  const { end } = numberAt(text, at);
  return text[end] === ',' ? numberAt(text, end + 1) : { number: 1, end };
}

/** The number at `at`, and where it ends: if there is none, at the end of the text. */
function numberAt(text, at) {
  let number = 0;
  let end = at;
  for (let digit; (digit = text.charCodeAt(end) - 48) >= 0 && digit <= 9; end++) number = 10 * number + digit;
  return { number, end: end > at ? end : text.length };
}

/** An added line of content. A patch may have lost its own last line end. */
function addedLine(text, at, next) {
  const line = text.slice(at + 1, next);
  return next === text.length && !line.endsWith('\n') ? `${line}\n` : line;
}

/** Some tools trim the space of an empty context line. */
function isEmptyLine(text, at, sign) {
  return sign === '\n' || (sign === '\r' && text[at + 1] === '\n');
}

/**
 * Whether the file ends here, although more lines were promised: a cut hunk. No line of a hunk begins with `@@`, so a
 * removed and an added line that look like `---` and `+++` could only be the very last two.
 */
function interrupts(text, at, oldLeft, newLeft) {
  return text[at + 1] === '-' && !(oldLeft === 1 && newLeft === 1) && beginsPlainFile(text, at);
}

/** Whether the `---`, `+++` and `@@` that begin a file stand at `at`. */
export function beginsPlainFile(text, at) {
  if (!text.startsWith('--- ', at)) return false;
  const second = nextLine(text, at);
  return text.startsWith('+++ ', second) && text.startsWith('@@ -', nextLine(text, second));
}

/** Whether the line after a whole hunk looks like more of it, so that the promised length was wrong. */
export function spills(text, at) {
  const sign = text[at];
  if (sign !== '-') return sign === '+';
  // Mails end with `-- ` and the version of git.
  return !text.startsWith('--- ', at) && text.slice(at, nextLine(text, at)).trimEnd() !== '--';
}
