/** Checks that both clients return the same results: otherwise their times cannot be compared. */

/** Throws unless the two are the same, as JSON. */
export function same(what, mine, other) {
  const [left, right] = [JSON.stringify(mine), JSON.stringify(other)];
  if (left === right) return;
  const at = [...left].findIndex((letter, index) => letter !== right[index]);
  const part = (text) => text.slice(Math.max(0, at - 40), at + 80);
  throw new Error(`${what}: not the same.\n  one:   …${part(left)}…\n  other: …${part(right)}…`);
}
