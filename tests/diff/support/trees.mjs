/**
 * Trees of files such as people have, with the names and lines that confuse parsers of patches.
 *
 * Names and text are UTF-8: the service sends a patch as JSON, which can hold nothing else. Binary files hold any byte.
 * An entry is `{ kind: 'file', content, executable }`, with a string or, if it is binary, bytes; `{ kind: 'link', target }`;
 * or `{ kind: 'submodule', digit }`, with the digit that its commit's hash repeats.
 */
import fc from 'fast-check';

/** The text of an entry as git sees it: binary is what has a NUL. Undefined for what is none. */
export function textOf(entry) {
  if (entry.kind === 'link') return entry.target;
  return typeof entry.content === 'string' && !entry.content.includes('\0') ? entry.content : undefined;
}

const CONFUSING_LINES = [
  '--- a/x', '+++ b/x', '--- /dev/null', '-- ', '-- x', '++ x', '-', '+', '@@ -1 +1 @@', '@@ -0,0 +1,2 @@ x',
  '\\ No newline at end of file', '\\', 'diff --git a/x b/x', 'diff --cc x', 'index 0000000..e69de29', 'new file mode 100644',
  'rename from x', 'GIT binary patch', 'literal 4', 'Binary files a/x and b/x differ', 'Submodule x 1234567..89abcde:', 'Index: x',
  '', ' ', '\t', 'lone \r return', '\ufeff日本語 🧋',
];

const withUnits = (reserved, size) =>
  fc.string({ unit: 'binary', ...size }).map((text) => text.replaceAll(reserved, ''));

/** A line of content with its line end. */
export const line = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...CONFUSING_LINES) },
      { weight: 2, arbitrary: fc.stringMatching(/^[a-d]{0,3}$/) },
      { weight: 2, arbitrary: withUnits(/[\0\n]/g, { maxLength: 20 }) },
    ),
    fc.constantFrom('\n', '\n', '\n', '\n', '\r\n'),
  )
  .map(([text, end]) => text + end);

const CONFUSING_NAMES = [
  'a', 'b', 'i', 'w', 'x', 'dev', 'null', 'with space', ' leading', 'trailing ', 'x b', 'a b', 'tab\there', 'new\nline',
  'return\r', '"quoted"', 'back\\slash', '\\303', '-dash', '--- a', '+++ b', 'été', '日本', '🧋 tea', 'a => b', '{a => b}',
  'x and b', 'at 2024-01-01 10:00:00', 'x\t(1)', '(x)', 'del\u007f', '\u0001', 'file.orig', 'file',
];

/** A path of one to three components. */
const path = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...CONFUSING_NAMES) },
      { weight: 2, arbitrary: fc.stringMatching(/^[a-z]{1,3}$/) },
      // git reserves `.`, `..` and `.git`.
      { weight: 1, arbitrary: withUnits(/[/\0]/g, { minLength: 1, maxLength: 8 }).map((name) => name.replace(/^\.*$|^\.+/, 'n')) },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((components) => components.join('/'));

const text = fc
  .tuple(fc.array(line, { maxLength: 25 }), fc.boolean())
  .map(([lines, hasFinalNewline]) => (hasFinalNewline ? lines.join('') : lines.join('').replace(/\n+$/, '')));

const content = fc.oneof(
  { weight: 8, arbitrary: text },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from([0, ...bytes])) },
  { weight: 1, arbitrary: fc.constant('') },
);

const entry = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({ kind: fc.constant('file'), content, executable: fc.constantFrom(false, false, false, false, true) }),
  },
  { weight: 1, arbitrary: path.map((target) => ({ kind: 'link', target })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }).map((digit) => ({ kind: 'submodule', digit })) },
);

/** What is done to a line, at a place that is taken modulo the number of lines. */
const lineEdit = fc.tuple(fc.nat(), fc.constantFrom('insert', 'remove', 'replace', 'dropFinalNewline'), line);
const lineEdits = fc.array(lineEdit, { maxLength: 4 });

const edit = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: 'keep' }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'delete' }) },
  { weight: 5, arbitrary: lineEdits.map((edits) => ({ kind: 'edit', edits })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'chmod' }) },
  { weight: 1, arbitrary: entry.map((other) => ({ kind: 'replace', other })) },
  { weight: 3, arbitrary: fc.tuple(path, lineEdits).map(([to, edits]) => ({ kind: 'move', to, edits })) },
  { weight: 4, arbitrary: fc.tuple(path, lineEdits).map(([to, edits]) => ({ kind: 'copy', to, edits })) },
);

/** A tree before and after a change, as maps of paths to entries. */
export const change = fc
  .tuple(fc.array(fc.tuple(path, entry, edit), { maxLength: 9 }), fc.array(fc.tuple(path, entry), { maxLength: 3 }))
  .map(([old, created]) => {
    const [before, after, moved] = [new Map(), new Map(), []];
    for (const [path, entry, edit] of old) {
      if (!fits(before, path) || !fits(after, path)) continue;
      before.set(path, entry);
      if (edit.kind === 'move' || edit.kind === 'copy') moved.push([edit.to, edited(entry, edit.edits)]);
      if (edit.kind === 'keep' || edit.kind === 'copy') after.set(path, entry);
      if (edit.kind === 'edit') after.set(path, edited(entry, edit.edits));
      if (edit.kind === 'chmod') after.set(path, entry.kind === 'file' ? { ...entry, executable: !entry.executable } : entry);
      if (edit.kind === 'replace') after.set(path, edit.other);
    }
    for (const [path, entry] of [...moved, ...created]) if (fits(after, path)) after.set(path, entry);
    return { before, after };
  });

const fits = (tree, path) => !tree.has(path) && isReachable(tree, path);

/** Whether a tree could hold the path too: nothing is a file and a folder at once. */
export function isReachable(tree, path) {
  return [...tree.keys()].every((other) => !other.startsWith(`${path}/`) && !path.startsWith(`${other}/`));
}

function edited(entry, edits) {
  if (entry.kind !== 'file') return entry;
  if (textOf(entry) === undefined) return { ...entry, content: Buffer.from([...Buffer.from(entry.content), edits.length]) };
  const lines = entry.content.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  for (const [place, kind, line] of edits) {
    const at = place % (lines.length + 1);
    if (kind === 'insert') lines.splice(at, 0, line);
    else if (kind === 'replace' && at < lines.length) lines[at] = line;
    else if (kind === 'remove') lines.splice(at, 1);
    else if (kind === 'dropFinalNewline' && lines.length > 0) lines.push(lines.pop().replace(/\n+$/, ''));
  }
  return { ...entry, content: lines.join('') };
}
