/** Statistics of repeated measurements, independent of the runtime. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const sum = (values) => values.reduce((total, value) => total + value, 0);

/** The quantile: the value below which this share of the values is. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** The names of the two sides, everywhere. */
export const SIDES = ['ours', 'theirs'];

/** The order of both sides, which alternates by round, so that neither always runs on the warmer machine. */
export const order = (round) => (round % 2 ? [...SIDES].reverse() : SIDES);

/**
 * Measures both sides in turn: A B, B A, A B, …
 *
 * @param {number} rounds
 * @param {(side: 'ours' | 'theirs', round: number) => Promise<T>} measure
 * @returns {Promise<{ ours: T[], theirs: T[] }>} by round; both results of a round are close in time
 * @template T
 */
export async function interleave(rounds, measure) {
  const results = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    for (const side of order(round)) results[side][round] = await measure(side, round);
  }
  return results;
}

/**
 * The medians of both sides, and the ratio of the official SDK to this package. The ratio is computed within each round, since
 * a temporary load of the machine slows both.
 *
 * @param {{ ours: T[], theirs: T[] }} results of {@link interleave}
 * @param {(result: T) => number} value
 * @template T
 */
export function compare({ ours, theirs }, value = (result) => result) {
  const mine = ours.map(value);
  const other = theirs.map(value);
  const ratios = mine.map((own, round) => other[round] / own);
  return {
    ours: median(mine),
    theirs: median(other),
    ratio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
  };
}
