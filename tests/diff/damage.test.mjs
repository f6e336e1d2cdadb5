/** Damaged patches: of them what can be read is returned, nothing is thrown, and no call hangs. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import fc from 'fast-check';

import { parseUnidiff } from '../../pkg-template/diff.js';
import { FORMS, Repository } from './support/git.mjs';
import { change, line } from './support/trees.mjs';

const repository = new Repository();
after(() => repository.remove());

/** Real patches to break. */
const PATCHES = fc
  .sample(change, { seed: 5, numRuns: 4 * FORMS.length })
  .map((trees, index) => repository.diff(FORMS[index % FORMS.length], repository.store(trees)))
  .filter(Boolean);

/** `npm run fuzz` asks for a million of each. */
const numRuns = Number(process.env.FUZZ_CASES ?? 4000);

const linesOf = (patch) => patch.match(/[^\n]*\n|[^\n]+$/g) ?? [];

const text = fc.oneof(line, fc.string({ unit: 'binary', maxLength: 12 }), fc.stringMatching(/^[ -~\n\t\r"\\+-]{0,30}$/));

/** Each damages a patch at places that are taken modulo its length. */
const DAMAGES = {
  cut: (patch, at) => patch.slice(0, at % (patch.length + 1)),
  insert: (patch, at, _, text) => patch.slice(0, at % (patch.length + 1)) + text + patch.slice(at % (patch.length + 1)),
  remove: (patch, at) => onLines(patch, (lines) => lines.splice(at % lines.length, 1)),
  repeat: (patch, at) => onLines(patch, (lines) => lines.splice(at % lines.length, 0, lines[at % lines.length])),
  overwrite: (patch, at, _, text) => onLines(patch, (lines) => lines.splice(at % lines.length, 1, text)),
  swap: (patch, at, other) =>
    onLines(patch, (lines) => {
      const [a, b] = [at % lines.length, other % lines.length];
      [lines[a], lines[b]] = [lines[b], lines[a]];
    }),
  falsifyLengths: (patch, at, other) => patch.replaceAll(/,\d+ @@/g, (found) => (at++ % 3 ? found : `,${other % 9} @@`)),
  trimLines: (patch) => linesOf(patch).map((line) => `${line.trimEnd()}\n`).join(''),
  mixLineEnds: (patch, at) => patch.replaceAll('\n', () => (at++ % 2 ? '\r\n' : '\n')),
};

function onLines(patch, change) {
  const lines = linesOf(patch);
  if (lines.length > 0) change(lines);
  return lines.join('');
}

const damage = fc.tuple(fc.constantFrom(...Object.keys(DAMAGES)), fc.nat(), fc.nat(), text);

/** What holds for anything that is read as a patch. */
function checkConsistency(patch) {
  let rest = patch;
  for (const file of parseUnidiff(patch)) {
    const at = rest.indexOf(file.patch);
    assert.ok(at >= 0, `${JSON.stringify(file)} is not in order in ${JSON.stringify(patch)}`);
    rest = rest.slice(at + file.patch.length);
    const beginningWith = (sign) => linesOf(file.patch).filter((line) => line.startsWith(sign)).length;
    assert.ok(file.additions <= beginningWith('+') && file.deletions <= beginningWith('-'), JSON.stringify(file));
    assert.ok(file.path && file.patch);
    if ('content' in file) assert.ok(file.changeType === 'created' && !file.incomplete && !file.binary, JSON.stringify(file));
    assert.equal('oldPath' in file, ['renamed', 'copied'].includes(file.changeType), JSON.stringify(file));
  }
}

test('the files of a damaged patch are consistent sections of it', () => {
  const property = fc.property(fc.constantFrom(...PATCHES), fc.array(damage, { minLength: 1, maxLength: 5 }), (patch, damages) =>
    checkConsistency(damages.reduce((text, [kind, ...args]) => DAMAGES[kind](text, ...args), patch)));
  fc.assert(property, { numRuns });
});

test('the files of lines in any order are consistent sections of them', () => {
  fc.assert(fc.property(fc.array(line, { maxLength: 40 }), (lines) => checkConsistency(lines.join(''))), { numRuns });
});

test('the files of headers and hunks in any order are consistent sections of them', () => {
  const parts = fc.constantFrom(
    'diff --git a/x b/x\n', 'diff --git "a/\\303\\244" "b/\\303\\244"\n', 'diff --cc x\n', '--- a/x\n', '+++ b/x\n', '--- /dev/null\n',
    '+++ x\t(nonexistent)\n', '@@ -1,2 +1 @@\n', '@@ -0,0 +1,99999999999 @@ x\n', '@@ -0,0 +1,2 @@\n', '@@@ -1 -1 +1 @@@\n', ' a\n', '+b\n', '-c\n',
    '\\ No newline at end of file\n', 'new file mode 100644\n', 'deleted file mode 100644\n', 'old mode 100644\n', 'rename from a\n', 'copy to b\n',
    'similarity index 200%\n', 'similarity index 80%\n', 'GIT binary patch\n', 'literal 9\n', 'zcmV\n', 'D12345\n', 'index 1..2 100644\n',
    'Binary files a and b differ\n', 'Binary file x has changed\n', 'Index: x\n', '=====\n', 'Cannot display: file marked as a binary type.\n',
    'Submodule x 1234567..0000000 (submodule deleted)\n', 'Submodule x contains modified content\n', '  > a\n', '\r\n', '\n', '\t', '"', '\ufeff', '-- \n2.47\n',
  );
  fc.assert(fc.property(fc.array(parts, { maxLength: 30 }), (list) => checkConsistency(list.join(''))), { numRuns });
});

test('the files of any text are consistent sections of it', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), checkConsistency), { numRuns });
});

test('a patch cut anywhere gives the files before the cut as the whole patch does', () => {
  for (const patch of PATCHES.filter(({ length }) => length < 4000)) {
    const whole = parseUnidiff(patch);
    for (let end = 0; end < patch.length; end++) {
      const cut = parseUnidiff(patch.slice(0, end));
      const last = cut.pop();
      assert.deepEqual(cut, whole.slice(0, cut.length), `cut at ${end} of ${patch}`);
      if (last) assert.ok(whole.some((file) => file.patch.startsWith(last.patch)), `cut at ${end} of ${patch}`);
    }
  }
});
