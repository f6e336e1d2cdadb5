/** Failures of the connection, as `fetch` reports them. */

/** An error like that of Node's fetch, with the system's error code in its cause. Browsers set no cause. */
function failure(code, message) {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
}

/** The connection was lost; the request may have reached the service. */
export const lostConnection = () => failure('ECONNRESET', 'read ECONNRESET');

/** The connection was refused; nothing was sent. */
export const refusedConnection = () => failure('ECONNREFUSED', 'connect ECONNREFUSED');

/** A promise that rejects when the signal aborts. */
export function untilAborted(signal) {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

/**
 * Waits for a promise, or rejects when the signal aborts.
 *
 * @param {AbortSignal} signal
 * @param {{done: Promise<void>, drop: () => void}} waiting `drop` cancels the wait
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

/** A stream of the first half of a text, which then fails with a lost connection. */
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
