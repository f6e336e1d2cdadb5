/** Every part of a document, in turn: taken away, renamed, made something else. */

/** The paths of everything in a document but the document itself. */
export function paths(value) {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [[key], ...paths(value[key]).map((below) => [key, ...below])]);
}

export const at = (document, path) => path.reduce((value, key) => value?.[key], document);

function changed(document, path, change) {
  const copy = structuredClone(document);
  change(at(copy, path.slice(0, -1)), path.at(-1));
  return copy;
}

export const replaced = (document, path, value) => changed(document, path, (parent, key) => (parent[key] = value));

export const without = (document, path) =>
  changed(document, path, (parent, key) => (Array.isArray(parent) ? parent.splice(key, 1) : delete parent[key]));

export const renamed = (document, path) =>
  changed(document, path, (parent, key) => {
    parent.futureField = parent[key];
    delete parent[key];
  });

/** A value of every type, and those at the edges of the types. */
const WRONG = [null, 7, -1, 1.5e300, 2 ** 64, true, false, '', 'text', '\0\uffff/:,;\x1f', [], [null, 7, 'text', [], {}], {}, { futureField: { a: [1] } }];

/** Everything that can become of one part of a document, with the words for it. */
export function* mutations(document, path) {
  const pointer = `/${path.join('/')}`;
  yield [`without ${pointer}`, without(document, path)];
  if (!Array.isArray(at(document, path.slice(0, -1)))) yield [`with ${pointer} renamed`, renamed(document, path)];
  for (const value of WRONG) yield [`with ${JSON.stringify(value)} at ${pointer}`, replaced(document, path, value)];
}

/** Everything in a value that is no list or object, by its pointer. */
export function leaves(value) {
  const found = paths(value).map((path) => [`/${path.join('/')}`, at(value, path)]);
  return new Map(found.filter(([, leaf]) => typeof leaf !== 'object' || leaf === null).map(([path, leaf]) => [path, String(leaf)]));
}
