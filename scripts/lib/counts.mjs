/** The counts of tests, read from the output of the tools. */

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** Adds up counts. */
export const total = (list) => ({
  passed: list.reduce((sum, { passed }) => sum + passed, 0),
  failed: list.reduce((sum, { failed }) => sum + failed, 0),
  skipped: list.reduce((sum, { skipped }) => sum + skipped, 0),
});

/** The counts of a check that has one outcome. */
export const oneCheck = (holds) => ({ passed: holds ? 1 : 0, failed: holds ? 0 : 1, skipped: 0 });

/**
 * The counts in the output of cargo test or of wasm-bindgen's test runner, over all test binaries.
 *
 * @returns {Counts}
 */
export function cargoCounts(output) {
  const lines = [...output.matchAll(/^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored;/gm)];
  return total(lines.map(([, passed, failed, skipped]) => ({ passed: +passed, failed: +failed, skipped: +skipped })));
}

/**
 * The counts in the output of node's test runner with the spec reporter.
 *
 * @returns {Counts}
 */
export function nodeCounts(output) {
  const of = (name) => Number(output.match(new RegExp(`^ℹ ${name} (\\d+)$`, 'm'))?.[1] ?? 0);
  return { passed: of('pass'), failed: of('fail') + of('cancelled'), skipped: of('skipped') + of('todo') };
}

/**
 * The counts of a tool that ran tests. A tool that failed without a failed test (it did not compile, it crashed) has
 * failed once, and so has one that ran nothing.
 *
 * @param {{ code: number, output: string }} result
 * @param {(output: string) => Counts} count
 */
export function countsOf({ code, output }, count) {
  const counts = count(output);
  const isHidden = counts.failed === 0 && (code !== 0 || counts.passed === 0);
  return isHidden ? { ...counts, failed: 1 } : counts;
}
