// The log of a client: lines of text at the levels of `console`.

/** From the fewest lines to the most. A level includes those before it. */
const LEVELS = ['error', 'warn', 'info', 'debug'];

/**
 * The log of a client with these options: a method for each level that is on; undefined if none is. Without a `logger` it is the
 * console, if a level is given. A `logger` without a level gets all lines, since it has levels of its own.
 */
export function logOf({ logger, logLevel = logger ? 'debug' : 'off' }) {
  const levels = LEVELS.slice(0, LEVELS.indexOf(logLevel) + 1);
  if (levels.length === 0) return undefined;
  const write = logger ? report.bind(undefined, logger) : (level, line) => report(globalThis.console, level, `jules-wasm: ${line}`);
  return Object.fromEntries(levels.map((level) => [level, (line) => write(level, line)]));
}

/** Passes a line on, and ignores what the logger throws. Its methods are looked up each time, since callers may replace them. */
function report(logger, level, line) {
  try {
    const reported = logger[level]?.(line);
    if (reported) Promise.resolve(reported).catch(() => {});
  } catch {
    // A failing logger must not fail the call.
  }
}
