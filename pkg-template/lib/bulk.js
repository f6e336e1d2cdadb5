// Archives and deletes many sessions.
import { left, now } from './clock.js';
import { invalid, JulesBatchError } from './errors.js';
import { optionsOf } from './given.js';

/**
 * Acts on each session of a list that `which` selects. The list is read to its end first, since the pages of a list move when
 * sessions leave it.
 *
 * @param title the call's name in messages
 * @param open opens the list: `(bounds)`, with the `signal` and the remaining `timeoutMs` of the call
 * @param act `(id, bounds)`, resolves with the handle of the session
 */
export async function bulk(title, which, given, open, act) {
  if (typeof which !== 'function') throw invalid('which', 'must be a function that selects sessions');
  const options = optionsOf('bulk', given, title);
  const bounds = boundsOf(options);
  const selected = [];
  for await (const session of open(bounds())) if (await which(session)) selected.push(session);
  if (!options.dryRun) await actOnAll(title, selected, options, (id) => act(id, bounds()));
  return selected;
}

/** A function that returns the bounds of the next call. */
function boundsOf({ signal, timeoutMs }) {
  const begun = now();
  return () => ({ ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs: left(timeoutMs, begun) }) });
}

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
