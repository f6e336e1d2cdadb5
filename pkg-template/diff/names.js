// The names of files in a patch: how they are quoted, what follows them, and which part of them is only a prefix.

/** The largest number of separators for which the names of a line are searched: a line of spaces would cost quadratic time. */
const MOST_SPLITS = 64;

/** What tools write after a name and a tab: nothing, a time or a date, `(revision 3)` or `(nonexistent)`, CVS's `1.4`. */
const TRAILER = /^(?:|.*(?:\d:\d\d|\d{4}-\d\d-\d\d).*|\(.*\)|\d+(?:\.\d+)+)$/s;

/** A time at the end. After spaces it is not a part of the name either: a mail program may have replaced the tab. */
const TIME = / \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d\d:?\d\d)?$/;

/** A part of a quoted name: plain, a character that is escaped, or bytes. */
const QUOTED = /[^"\\]+|\\([abtnvfr"\\])|((?:\\[0-3][0-7]{2})+)/y;

/** The characters that are escaped by another one. */
const ESCAPES = { a: '\x07', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r' };

/** The name that a text consists of. */
export function nameOf(text) {
  return unquote(text)?.[0] ?? text;
}

/** The name at the beginning of a text, and the rest with the tab. */
export function splitName(text) {
  const quoted = unquote(text);
  if (quoted) return quoted;
  let end = text.length;
  for (let tab = end; (tab = text.lastIndexOf('\t', tab - 1)) > 0 && TRAILER.test(text.slice(tab + 1, end)); ) end = tab;
  if (end === text.length) {
    const time = TIME.exec(text);
    if (time) end = text.slice(0, time.index).trimEnd().length;
  }
  return [text.slice(0, end), text.slice(end)];
}

/** A name quoted as a C string, and the rest. Bytes that are not UTF-8 become U+FFFD. Undefined if the quotation is invalid. */
function unquote(text) {
  if (text[0] !== '"') return undefined;
  let name = '';
  let end = 1;
  QUOTED.lastIndex = end;
  for (let part; (part = QUOTED.exec(text)); end = QUOTED.lastIndex) {
    const [plain, escape, bytes] = part;
    name += bytes ? decode(bytes) : (ESCAPES[escape] ?? escape ?? plain);
  }
  return text[end] === '"' ? [name, text.slice(end + 1)] : undefined;
}

/** The text of bytes such as `\303\244`. */
function decode(bytes) {
  const values = Uint8Array.from(bytes.slice(1).split('\\'), (octal) => parseInt(octal, 8));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(values);
}

/**
 * The old and the new path, without prefixes, by a line that names both (or nothing) and by the names of the `---` and
 * `+++` lines (undefined where the line is missing or says `/dev/null`). Undefined if they name no path.
 */
export function pathsOf(pair, old, new_) {
  const only = old ?? new_;
  if (old === undefined || new_ === undefined) {
    const path = pathNamedTwice(pair);
    old = new_ = only === undefined || (path && only.endsWith(path)) ? path : only.replace(/^[ab]\//, '');
  } else {
    const path = sharedPath(old, new_);
    [old, new_] = path ? [path, path] : (withoutKnownPrefixes(old, new_) ?? [old, new_]);
  }
  return old && new_ ? [old, new_] : undefined;
}

/**
 * The path that a line such as `a/x b/x` names twice. If a name contains the separator, the end of the
 * first name is ambiguous: it is where both halves are the same path.
 */
function pathNamedTwice(pair) {
  const quoted = unquote(pair);
  if (quoted) return quoted[1][0] === ' ' ? sharedPath(quoted[0], nameOf(quoted[1].slice(1))) : undefined;
  // Prefixes are nearly always of one length, and then the names meet in the middle.
  const middle = pair.length >> 1;
  if (pair[middle] === ' ') {
    const names = [pair.slice(0, middle), pair.slice(middle + 1)];
    const [old, new_] = withoutKnownPrefixes(...names) ?? names;
    if (old === new_) return new_;
  }
  return sharedPathOfSplit(pair, ' ');
}

/** The longest path that the names before and after one of the separators share. */
export function sharedPathOfSplit(pair, separator) {
  let longest;
  let at = -1;
  for (let splits = 0; splits < MOST_SPLITS && (at = pair.indexOf(separator, at + 1)) >= 0; splits++) {
    const path = sharedPath(pair.slice(0, at), pair.slice(at + separator.length));
    if (path !== undefined && !(path.length < longest?.length)) longest = path;
  }
  return longest;
}

/** The path that two names share, if they differ at most in their prefixes. */
function sharedPath(old, new_) {
  // `diff.noprefix`: with prefixes the two would differ.
  if (old === new_) return new_;
  const known = withoutKnownPrefixes(old, new_);
  if (known) return known[0] === known[1] ? known[1] : undefined;
  return commonTail(old, new_);
}

/**
 * Both names without the prefixes that git puts there: `a/` and `b/`, or with `diff.mnemonicPrefix` two of `c/` (commit),
 * `i/` (index), `w/` (work tree), `o/` (object), or `1/` and `2/`.
 */
function withoutKnownPrefixes(old, new_) {
  const known = /^[abciow12]\//;
  if (old[0] === new_[0] || !known.test(old) || !known.test(new_)) return undefined;
  return [old.slice(2), new_.slice(2)];
}

/** The longest path, of whole components, with which both names end. */
function commonTail(old, new_) {
  const olds = old.split('/');
  const news = new_.split('/');
  let count = 0;
  while (count < news.length && news.at(-1 - count) === olds.at(-1 - count)) count++;
  return news.slice(news.length - count).join('/') || undefined;
}
