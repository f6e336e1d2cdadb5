/**
 * Short timers fire at once, and the clocks say that their time has passed; long ones (the time limits of requests) stay as
 * they are. So a wait looks again and again without a pause, and what is measured is what a look costs.
 */
const SHORT_MS = 20_000;

/** A timer that does not wait. */
class Skipped {
  isCancelled = false;
}

/**
 * @param {() => void} [onTimer] called when a timer is set that does not wait
 * @returns {{ restore: () => void, now: () => number }} `now` is the real time, in milliseconds
 */
export function skipWaits(onTimer) {
  const { setTimeout, clearTimeout } = globalThis;
  const dateNow = Date.now;
  const performanceNow = performance.now;
  const now = performanceNow.bind(performance);
  let skipped = 0;
  Date.now = () => dateNow() + skipped;
  performance.now = () => now() + skipped;
  globalThis.setTimeout = (callback, ms = 0, ...args) => {
    if (ms >= SHORT_MS) return setTimeout(callback, ms, ...args);
    onTimer?.();
    const timer = new Skipped();
    queueMicrotask(() => {
      if (timer.isCancelled) return;
      skipped += ms;
      callback(...args);
    });
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    if (timer instanceof Skipped) timer.isCancelled = true;
    else clearTimeout(timer);
  };
  return {
    now,
    restore: () => {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      Date.now = dateNow;
      performance.now = performanceNow;
    },
  };
}
