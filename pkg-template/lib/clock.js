// Durations and timers.

/** The longest that a timer takes; what is longer it takes for nothing. */
const LONGEST_MS = 2 ** 31 - 1;

/** Milliseconds by a monotonic clock, where there is one: a test's environment may lack it. */
export const now = () => globalThis.performance?.now() ?? Date.now();

/** The milliseconds that are left of `ms` since `begun`; whole ones, as the core has them. */
export const left = (ms, begun) => Math.max(0, Math.floor(ms - (now() - begun)));

/** Calls `then` after so many milliseconds, unless what it returns is called before. */
export function timer(ms, then) {
  const { setTimeout, clearTimeout } = globalThis;
  try {
    const id = setTimeout(then, Math.min(ms, LONGEST_MS));
    return () => {
      try {
        clearTimeout(id);
      } catch {
        // A test's clock that does not know it any more.
      }
    };
  } catch {
    // A runtime that refuses timers here: the core rejects the call for that.
    return () => {};
  }
}
