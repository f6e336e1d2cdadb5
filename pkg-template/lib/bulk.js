// Acts on many sessions. Comes with the WebAssembly.
import { left, now } from './clock.js';
import { JulesBatchError } from './errors.js';

/**
 * Selects sessions by `which` and acts on them. The list is read to its end first, since its pages move when sessions leave it.
 *
 * @param entries the sessions of the list: `(bounds)`
 * @param act resolves with the handle of a session: `(id, bounds)`
 */
export async function bulk(title, which, options, entries, act) {
  const bounds = boundsOf(options);
  const selected = [];
  for await (const session of entries(bounds())) {
    if (await which(session)) selected.push(session);
  }
  if (!options.dryRun) await actOnAll(title, selected, options, (id) => act(id, bounds()));
  return selected;
}

/** A function that returns the bounds of the next request of a call with these. */
function boundsOf({ signal, timeoutMs }) {
  const begun = now();
  return () => ({ ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs: left(timeoutMs, begun) }) });
}

/**
 * Acts on each of these sessions, a limited number at a time.
 *
 * @param title the call's name in messages
 * @param act resolves with the handle of the session with this id
 */
async function actOnAll(title, selected, { concurrency, stopOnError, onProgress, signal }, act) {
  const total = selected.length;
  const sessions = selected.map(() => undefined);
  const failures = [];
  let [done, isStopped] = [0, false];
  const attempt = async (index, session) => {
    let error;
    try {
      sessions[index] = await act(session.id);
      done++;
    } catch (thrown) {
      error = thrown;
      failures.push({ index, item: session, error });
      isStopped ||= stopOnError;
    }
    onProgress?.({ session, ...(error && { error }), done, failed: failures.length, total });
  };
  // All workers take the next session from one iterator.
  const queue = selected.entries();
  const worker = async () => {
    for (const [index, session] of queue) {
      if (isStopped || signal?.aborted) return;
      await attempt(index, session);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, total) }, worker));
  } finally {
    // An error that `onProgress` has thrown.
    isStopped = true;
  }
  if (done < total) throw failure(title, { done, total, failures, sessions });
}

function failure(title, { done, total, failures, sessions }) {
  failures.sort((a, b) => a.index - b.index);
  const counts = `${done} of ${total} sessions are done, ${failures.length} failed (see \`failures\`), ${total - done - failures.length} were not started`;
  const why = failures.length > 0 ? `The first failure: ${failures[0].error?.message}` : 'The signal was aborted.';
  return new JulesBatchError(`${title}: ${counts}. To continue, call it again. ${why}`, { failures, sessions });
}
