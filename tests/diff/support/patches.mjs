/** Small patches, and what tests look at. */
import assert from 'node:assert/strict';

import { parseUnidiff } from '../../../pkg-template/diff.js';

export const CREATED = 'diff --git a/n.txt b/n.txt\nnew file mode 100644\nindex 0000000..8b1a393\n--- /dev/null\n+++ b/n.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n';
export const MODIFIED = 'diff --git a/m.txt b/m.txt\nindex 1234567..89abcde 100644\n--- a/m.txt\n+++ b/m.txt\n@@ -1,2 +1,2 @@ fn x()\n same\n-old\n+new\n';
export const DELETED = 'diff --git a/d.txt b/d.txt\ndeleted file mode 100644\nindex 9dfc1c0..0000000\n--- a/d.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n';

/** The file of a patch that has one. */
export function only(patch) {
  const files = parseUnidiff(patch);
  assert.equal(files.length, 1, JSON.stringify(files));
  return files[0];
}

export const pathsOf = (patch) => parseUnidiff(patch).map(({ path }) => path);

/** Those of the properties that are there. */
export const pick = (object, ...names) => Object.fromEntries(names.filter((name) => name in object).map((name) => [name, object[name]]));
