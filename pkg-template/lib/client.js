// The client, as the caller holds it.
import { invalid, JulesBatchError, toError } from './errors.js';
import { clientOptionsOf, dataOf, optionsOf } from './given.js';
import { entries, LONGEST_PAGE, SessionCursor } from './iterables.js';
import { SessionClient } from './session.js';

/** What sessions need of the client and callers do not. */
class Connection {
  #runtime;
  #layers;
  #exports;
  #core;

  constructor(runtime, layers) {
    this.#runtime = runtime;
    this.#layers = layers;
  }

  /** The core's client; a new one with the same options if its instance was lost. */
  get core() {
    const { exports } = this.#runtime;
    if (this.#exports !== exports) {
      this.#core = this.#runtime.call(() => new exports.Client(this.#layers));
      this.#exports = exports;
    }
    return this.#core;
  }

  /** Calls a use-case of the core: `id` is the session it is about, or empty. */
  call(name, id, argument, options, at) {
    return this.#runtime.run((end, own) => this.core.call(name, id, argument, own, end), options, at);
  }

  batch(count, options, configure, make) {
    return this.#runtime.run((end, own) => this.core.batch(count, own, configure, make, end), options);
  }

  open(use) {
    return use(this.#runtime, this.core);
  }

  sessionId(text) {
    return this.#runtime.call((exports) => exports.sessionId(text));
  }

  over(given) {
    const connection = new Connection(this.#runtime, [...this.#layers, clientOptionsOf(given)]);
    // Wrong options are refused here, not at the first request.
    void connection.core;
    return connection;
  }
}

export class JulesClient {
  #connection;

  constructor(connection) {
    this.#connection = connection;
    this.sources = Object.assign((options) => entries((page) => this.#page('sources', page), options, LONGEST_PAGE), {
      get: async (source, options) => (await connection.call('source', '', dataOf(source, 'source')?.github, options)) ?? undefined,
    });
  }

  with(options) {
    return clientOn(this.#connection.over(options));
  }

  session(configOrId, options) {
    if (typeof configOrId !== 'string') return this.#create('session', configOrId, options);
    return new SessionClient(this.#connection, this.#connection.sessionId(configOrId));
  }

  run(config, options) {
    return this.#create('run', config, options);
  }

  async #create(name, config, options) {
    const { id } = await this.#connection.call(name, '', dataOf(config, "the session's configuration"), options);
    return new SessionClient(this.#connection, id);
  }

  async all(items, mapper, given) {
    if (typeof items?.[Symbol.iterator] !== 'function') throw invalid('items', 'must be an array or another iterable');
    if (typeof mapper !== 'function') throw invalid('mapper', 'must be a function');
    const list = Array.from(items);
    const options = optionsOf(given);
    const begun = new Map();
    const configure = async (index) => ({ index, config: await mapper(list[index], index) });
    const make = ({ index, config }, timeoutMs, wholeMs) => {
      const session = this.#create('all', config, { signal: options?.signal, timeoutMs, wholeMs });
      begun.set(index, session);
      return session;
    };
    let results, cause;
    try {
      results = await this.#connection.batch(list.length, options, configure, make);
    } catch (error) {
      if (begun.size === 0) throw error;
      // The batch was lost, as in a fault of this package. What it has created is not.
      [results, cause] = [await ends(begun), error];
    }
    const sessions = list.map((_, index) => results[index]?.value);
    const failures = list.flatMap((item, index) => {
      const result = results[index];
      if (!result || 'value' in result) return [];
      return [{ index, item, error: 'fault' in result ? toError(result.fault, options) : result.error }];
    });
    if (failures.length === 0 && !cause) return sessions;
    const made = sessions.filter(Boolean).length;
    throw new JulesBatchError(
      `${failures.length} of ${list.length} failed, ${made} sessions are known to be made (see \`sessions\`, \`failures\`), ` +
        `${list.length - made - failures.length} were not begun. The first failure: ${words(cause ?? failures[0].error)}`,
      { failures, sessions, cause },
    );
  }

  sessions(options) {
    return new SessionCursor((page, at) => this.#page('sessions', page, at), options);
  }

  #page(list, page, at) {
    return this.#connection.call(list, '', undefined, page, at);
  }
}

/** How each of the promises, by their places, ends, as the core reports the ends of a batch's items. */
async function ends(promises) {
  const results = [];
  const keep = async ([index, promise]) => {
    results[index] = await promise.then((value) => ({ value }), (error) => ({ error }));
  };
  await Promise.all([...promises].map(keep));
  return results;
}

/** What a mapper has thrown, in words. That may be anything, and must not cost the caller the sessions that were made. */
function words(thrown) {
  try {
    return String(thrown?.message ?? thrown);
  } catch {
    return 'what was thrown cannot be told in words';
  }
}

/** The client without options. Makes its core on first use. */
export function defaultClient(runtime) {
  const connection = new Connection(runtime, []);
  return { jules: clientOn(connection), connect: (options) => clientOn(connection.over(options)) };
}

/** Apart from the class: one that names itself is renamed by the bundler, and people read the name when they print it. */
function clientOn(connection) {
  return new JulesClient(connection);
}
