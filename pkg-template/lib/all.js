// The creates of `all()`, and its end. Comes with the WebAssembly.
import { JulesBatchError, toError } from './errors.js';
import { sessionOf as readSession } from './model.js';
import { messageOf } from './thrown.js';

/** Resolves with the sessions of the items. `configure` resolves with the configuration of an item, `sessionOf` makes the handle of a session. */
export async function all({ connection, title, list, options, configure, sessionOf, at }) {
  const createOne = async (configuration, bounds) => {
    const created = await connection.do(title, 'create', ['all', configuration], bounds, undefined, at);
    return sessionOf(readSession(created).id);
  };
  const creates = createsOf(list, options, configure, createOne);
  const use = (core, own, end) => core.batch(list.length, own, creates.configure, creates.create, end);
  return connection.call(title, use, options, at).then(creates.done, creates.lost);
}

/**
 * What the core calls for the items, and what becomes of its results.
 *
 * @param configurationOf resolves with the checked configuration of an item, by its index
 * @param createOne resolves with the handle of the session that it has created: `(configuration, bounds)`
 */
function createsOf(list, options, configurationOf, createOne) {
  const begun = new Map();
  const progress = progressOf(list.length, options);
  return {
    async configure(index) {
      try {
        return { index, configuration: await configurationOf(index) };
      } catch (error) {
        progress('failed');
        throw error;
      }
    },
    create({ index, configuration }, timeoutMs) {
      const bounds = { signal: options.signal, timeoutMs: timeoutMs ?? undefined, wholeMs: options.wholeMs };
      const session = createOne(configuration, bounds);
      begun.set(index, session);
      session.then(() => progress('created'), () => progress('failed'));
      return session;
    },
    /** The sessions, from the results of the core. */
    done: (results) => sessionsOf(list, results, { options }),
    /** The batch was lost by an internal error or the close of its client, but the created sessions are known. */
    async lost(cause) {
      if (begun.size === 0) throw cause;
      return sessionsOf(list, await ends(begun), { cause, options });
    },
  };
}

/** The results of promises by index, in the form in which the core reports the results of a batch. */
async function ends(promises) {
  const results = [];
  const keep = async ([index, promise]) => {
    results[index] = await promise.then((value) => ({ value }), (error) => ({ error }));
  };
  await Promise.all([...promises].map(keep));
  return results;
}

/** A function that counts and reports the ends of creates. Errors of `onProgress` are ignored: the sessions must not be lost. */
function progressOf(total, { onProgress }) {
  const counts = { total, created: 0, failed: 0 };
  return (end) => {
    counts[end]++;
    try {
      Promise.resolve(onProgress?.({ ...counts })).catch(() => {});
    } catch {
      // See above.
    }
  };
}

/** The sessions of a batch, by the results of its items. Throws if one has failed, or the batch itself with `cause`. */
function sessionsOf(list, results, { cause, options }) {
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
      `${list.length - created - failures.length} items were not started. The first failure: ${messageOf(cause ?? failures[0].error)}`,
    { failures, sessions, cause },
  );
}
