/** What can become of a request on its way, as `fetch` tells it. */

/** An error as Node's fetch throws it: the system's code is in the cause. Browsers give no cause. */
function failure(code, words) {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(words), { code }) });
}

/** The connection broke; what was sent may or may not have arrived. */
export const lostConnection = () => failure('ECONNRESET', 'read ECONNRESET');

/** Nobody listens; nothing was sent. */
export const refusedConnection = () => failure('ECONNREFUSED', 'connect ECONNREFUSED');

/** A promise that only the signal ends. It holds nothing but its listener. */
export function untilAborted(signal) {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

/**
 * Waits for something, or for the signal.
 *
 * @param {AbortSignal} signal
 * @param {{done: Promise<void>, drop: () => void}} waiting `drop` gives it up
 */
export async function abortable(signal, { done, drop }) {
  let stop;
  const aborted = new Promise((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
  });
  try {
    await Promise.race([done, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    drop();
  }
}

/** The first half of a text, then the end of the connection. */
export function cutStream(text) {
  const bytes = new TextEncoder().encode(text);
  const chunks = [bytes.subarray(0, Math.ceil(bytes.length / 2))];
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk) controller.enqueue(chunk);
      else controller.error(lostConnection());
    },
  });
}
