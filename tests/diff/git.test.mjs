/** Patches of random changes in every form that git writes, read by us and by git itself. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import fc from 'fast-check';

import { parseUnidiff } from '../../pkg-template/lib/apply.js';
import { FORM_OF_MAIL, FORMS, Repository } from './support/git.mjs';
import { change, textOf } from './support/trees.mjs';

const repository = new Repository();
after(() => repository.remove());

/** What `git apply --numstat -z --summary` would say if it had read what we did. */
function asGitSays(files) {
  const counts = files.map(({ path, binary, additions, deletions }) => `${binary ? '-\t-' : `${additions}\t${deletions}`}\t${path}\0`);
  return [...counts, ...files.map(summaryOf)].join('');
}

function summaryOf({ path, oldPath, changeType, oldMode, newMode, similarity }) {
  const modes = oldMode && newMode && ` mode change ${oldMode} => ${newMode}`;
  switch (changeType) {
    case 'created':
      return ` create mode ${newMode} ${path}\n`;
    case 'deleted':
      return ` delete mode ${oldMode} ${path}\n`;
    case 'modified':
      if (similarity === undefined) return modes ? `${modes} ${path}\n` : '';
      return ` rewrite ${path} (${100 - similarity}%)\n${modes ? `${modes}\n` : ''}`;
    default:
      return ` ${changeType === 'renamed' ? 'rename' : 'copy'} ${moved(oldPath, path)} (${similarity ?? 0}%)\n${modes ? `${modes}\n` : ''}`;
  }
}

/** `dir/{old => new}`: the folders that both paths begin with stand once. */
function moved(old, path) {
  const [from, to] = [old, path].map((name) => name.split('/'));
  const different = from.findIndex((folder, at) => at === from.length - 1 || at === to.length - 1 || folder !== to[at]);
  const shared = from.slice(0, different).map((folder) => `${folder}/`).join('');
  return shared ? `${shared}{${old.slice(shared.length)} => ${path.slice(shared.length)}}` : `${old} => ${path}`;
}

test('git reads the same in a patch of any form', () => {
  const forms = fc.subarray(FORMS, { minLength: 3, maxLength: 3 });
  const property = fc.property(change, forms, (trees, chosen) => {
    const names = repository.store(trees);
    for (const form of chosen) {
      const patch = repository.diff(form, names);
      const files = parseUnidiff(patch);
      if (patch) assert.equal(asGitSays(files), repository.reads(form, patch), `${form.diff.join(' ')}\n${patch}`);
      assert.equal(files.map((file) => file.patch).join(''), patch, 'every byte is in some file’s section');
      assert.ok(files.every(({ incomplete }) => !incomplete), JSON.stringify(files));
      const isReverse = form.diff.includes('-R');
      if (!isReverse) checkCreatedContent(files, trees.after);
      const [before, after] = isReverse ? [trees.after, trees.before] : [trees.before, trees.after];
      // Without the content that it deletes, a patch cannot be compared with it.
      if (!form.diff.includes('--irreversible-delete')) checkApplied(files, before, after);
    }
  });
  fc.assert(property, { numRuns: 150 });
});

/** A patch makes of every text before the change the text after it, and of a binary file or a submodule a typed error. */
function checkApplied(files, before, after) {
  for (const file of files) {
    const { path, oldPath = path, changeType, additions, deletions } = file;
    const base = changeType === 'created' ? undefined : before.get(oldPath);
    const result = changeType === 'deleted' ? undefined : after.get(path);
    const isSubmodule = [base, result].some((entry) => entry?.kind === 'submodule');
    const isMovedOnly = base && result && !file.binary && additions + deletions === 0;
    if (isMovedOnly) {
      assert.equal(file.apply('any text'), 'any text', 'what a patch only moves, it does not describe');
    } else if (file.binary || isSubmodule) {
      assert.throws(() => file.apply('text'), { name: 'PatchError', path, reason: file.binary ? 'binary' : 'submodule' });
    } else {
      assert.equal(file.apply(base && textOf(base)), result && textOf(result), file.patch);
    }
  }
}

function checkCreatedContent(files, tree) {
  for (const { path, changeType, binary, content } of files) {
    const created = changeType === 'created' && !binary ? tree.get(path) : undefined;
    assert.equal(content, created && textOf(created), path);
  }
}

test('a mailed patch reads like the bare one', () => {
  const property = fc.property(change, (trees) => {
    const names = repository.store(trees);
    assert.deepEqual(parseUnidiff(repository.mail(names)), parseUnidiff(repository.diff(FORM_OF_MAIL, names)));
  });
  fc.assert(property, { numRuns: 50 });
});
