// The creates of `all()`. Comes with the WebAssembly.
import { sessionsOf } from './batch-results.js';
import { sessionOf as readSession } from './model.js';

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
