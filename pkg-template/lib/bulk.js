// Acts on many sessions. Comes with the WebAssembly, which a list of sessions has loaded.
import { JulesBatchError } from './errors.js';

/**
 * Acts on each of these sessions, a limited number at a time.
 *
 * @param title the call's name in messages
 * @param act resolves with the handle of the session with this id
 */
export async function actOnAll(title, selected, { concurrency, stopOnError, onProgress, signal }, act) {
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
