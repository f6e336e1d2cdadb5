// The end of `all()`. Comes with the WebAssembly.
import { JulesBatchError, toError } from './errors.js';

/** The sessions of a batch, by the results of its items. Throws if one has failed, or the batch itself with `cause`. */
export function sessionsOf(list, results, { cause, options }) {
  const sessions = list.map((_, index) => results[index]?.value);
  const failures = list.flatMap((item, index) => {
    const result = results[index];
    if (!result || 'value' in result) return [];
    return [{ index, item, error: 'fault' in result ? toError(result.fault, options) : result.error }];
  });
  if (failures.length === 0 && !cause) return sessions;
  const created = sessions.filter(Boolean).length;
  throw new JulesBatchError(
    `${failures.length} of ${list.length} items failed, ${created} sessions were created (see \`failures\` and \`sessions\`), ` +
      `${list.length - created - failures.length} items were not started. The first failure: ${words(cause ?? failures[0].error)}`,
    { failures, sessions, cause },
  );
}

/** The message of a value that a mapper has thrown, which may be anything. Must not throw: the caller would lose the sessions. */
export function words(thrown) {
  try {
    return String(thrown?.message ?? thrown);
  } catch {
    return 'a value that cannot be converted to text';
  }
}
