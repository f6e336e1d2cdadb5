// The client, as the caller holds it.
import { invalid, JulesBatchError, toError } from './errors.js';
import { entries, SessionCursor } from './iterables.js';
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
  call(name, id, argument, options) {
    return this.#runtime.run((end) => this.core.call(name, id, argument, options, end), options);
  }

  batch(count, options, configure, make) {
    return this.#runtime.run((end) => this.core.batch(count, options, configure, make, end), options);
  }

  open(use) {
    return use(this.#runtime, this.core);
  }

  sessionId(text) {
    return this.#runtime.call((exports) => exports.sessionId(text));
  }

  over(given) {
    const options = withPlainHeaders(given);
    const connection = new Connection(this.#runtime, [...this.#layers, options]);
    // Wrong options are told here, not at the first request.
    void connection.core;
    connection.#layers = [...this.#layers, copyOf(options)];
    return connection;
  }
}

/** Options whose headers are an object: as pairs (`Headers`, a Map) they would be data without fields to the core. */
function withPlainHeaders(options) {
  try {
    const headers = options?.headers;
    const arePairs = typeof headers === 'object' && typeof headers?.[Symbol.iterator] === 'function';
    return arePairs ? { ...options, headers: Object.fromEntries(headers) } : options;
  } catch {
    throw invalid('headers', 'must be an object of strings, or pairs of them');
  }
}

/** Right options as they are now: what their owner changes later does not reach the clients made with them. */
function copyOf(options) {
  const { fetch, logger, ...data } = options ?? {};
  return { ...JSON.parse(JSON.stringify(data)), fetch, logger };
}

export class JulesClient {
  #connection;

  constructor(connection) {
    this.#connection = connection;
    this.sources = Object.assign((options) => entries((page) => this.#page('sources', page), options), {
      get: async (source, options) => (await connection.call('source', '', source?.github, options)) ?? undefined,
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
    const { id } = await this.#connection.call(name, '', config, options);
    return new SessionClient(this.#connection, id);
  }

  async all(items, mapper, options) {
    if (typeof items?.[Symbol.iterator] !== 'function') throw invalid('items', 'must be an array or another iterable');
    if (typeof mapper !== 'function') throw invalid('mapper', 'must be a function');
    const list = Array.from(items);
    const configure = (index) => mapper(list[index], index);
    const make = (config, timeoutMs, wholeMs) => this.#create('all', config, { signal: options?.signal, timeoutMs, wholeMs });
    const results = await this.#connection.batch(list.length, options, configure, make);
    const failures = [];
    results.forEach((result, index) => {
      if (!result || 'value' in result) return;
      const error = 'fault' in result ? toError(result.fault, options) : result.error;
      failures.push({ index, item: list[index], error });
    });
    const sessions = results.map((result) => result?.value);
    if (failures.length === 0) return sessions;
    const made = sessions.filter(Boolean).length;
    const [{ error }] = failures;
    throw new JulesBatchError(
      `${failures.length} of ${list.length} failed, ${made} sessions are known to be made (see \`sessions\`, \`failures\`), ` +
        `${list.length - made - failures.length} were not begun. The first failure: ${words(error)}`,
      { failures, sessions },
    );
  }

  sessions(options) {
    return new SessionCursor((page) => this.#page('sessions', page), options);
  }

  #page(list, page) {
    return this.#connection.call(list, '', undefined, page);
  }
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
