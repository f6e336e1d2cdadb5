// Durations and timers.

/** The largest delay of a timer. A larger one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Milliseconds of a monotonic clock. Test environments may lack it. */
export const now = () => globalThis.performance?.now() ?? Date.now();

/** How many of `ms` milliseconds are left, counted from `begun`, as an integer. */
export const left = (ms, begun) => Math.max(0, Math.floor(ms - (now() - begun)));

/** Calls `then` after `ms` milliseconds. Returns a function that cancels this. */
export function timer(ms, then) {
  const { setTimeout, clearTimeout } = globalThis;
  try {
    const id = setTimeout(then, Math.min(ms, LONGEST_MS));
    return () => {
      try {
        clearTimeout(id);
      } catch {
        // Mocked clocks throw for timers that they do not know.
      }
    };
  } catch {
    // Some runtimes do not allow timers here. The core rejects the call for that reason.
    return () => {};
  }
}
