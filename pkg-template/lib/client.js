// The public client.
import { Batch } from './batch.js';
import { AbortError, invalid } from './errors.js';
import { clientOptionsOf, configurationOf, inEnvironment, keysOf, optionsOf, repositoryOf, textOf } from './given.js';
import { routeOf, sessionId } from './ids.js';
import { entries, LONGEST_PAGE, SessionCursor } from './iterables.js';
import { logOf } from './logging.js';
import { INSPECT, printed } from './printing.js';
import { withResponse } from './responses.js';
import { callInProgress } from './runtime.js';
import { SessionClient } from './session.js';

/** The part of a client that sessions use and callers do not see. */
class Connection {
  #runtime;
  #given;
  #settled;
  #exports;
  #core;

  /** @param given checked options, see lib/given.js */
  constructor(runtime, given) {
    this.#runtime = runtime;
    this.#given = given;
  }

  /** The complete options, with what the environment sets. */
  get #options() {
    if (!this.#settled) {
      const options = inEnvironment(this.#given);
      this.#settled = { ...options, logger: logOf(options) };
    }
    return this.#settled;
  }

  /** The core's client in this instance; a new one with the same options after an instance was lost. */
  core(exports) {
    const { checkFetch, sendingOf } = this.results;
    checkFetch(this.#given);
    if (this.#exports !== exports) {
      this.#core = new exports.Client({ ...this.#options, fetch: sendingOf(this.#options, callInProgress) });
      this.#exports = exports;
    }
    return this.#core;
  }

  get runtime() {
    return this.#runtime;
  }

  /** What a printed client shows. The environment is not read for it. */
  get shown() {
    const { baseUrl } = this.#settled ?? this.#given;
    return baseUrl === undefined ? {} : { baseUrl };
  }

  /** Runs a call of the runtime, and logs its error. */
  run(title, use, options, at = new Error(), record = undefined) {
    const { logger } = this.#options;
    const call = this.#runtime.run(title, use, options, at, record);
    return logger ? call.catch((error) => fail(logger, title, error)) : call;
  }

  /** What converts results (lib/results.js); there after a call. */
  get results() {
    return this.#runtime.results;
  }

  /** Calls a use-case of the core: `use(core, options, end)`. `title` is the call's name for messages, `options` are complete. */
  call(title, use, options, at, record) {
    return this.run(title, (exports, end, own) => use(this.core(exports), own, end), options, at, record);
  }

  batch(count, options, configure, create) {
    return this.call('all()', (core, own, end) => core.batch(count, own, configure, create, end), options);
  }

  over(given) {
    return new Connection(this.#runtime, clientOptionsOf(given, this.#given));
  }
}

function fail(logger, title, error) {
  if (!(error instanceof AbortError)) logger.error(`${title} failed: ${error.message}`);
  throw error;
}

export class JulesClient {
  #connection;

  constructor(connection) {
    this.#connection = connection;
    const sources = (given) => {
      const options = optionsOf('list', given, 'sources()');
      return entries((page, at) => this.#page('sources', 'sourceOf', page, at), options, LONGEST_PAGE);
    };
    const get = async (source, given, record) => {
      const { github } = repositoryOf(source);
      const title = 'sources.get()';
      const use = (core, own, end) => core.source(github, own, end);
      const found = await connection.call(title, use, optionsOf('call', given, title), undefined, record);
      return found && connection.results.sourceOf(found);
    };
    Object.assign(sources, { get: (source, options) => withResponse((record) => get(source, options, record)) });
    // Not enumerable, so that a printed client is short.
    Object.defineProperty(this, 'sources', { value: sources });
  }

  [INSPECT](...how) {
    return printed('JulesClient', this.#connection.shown, how);
  }

  with(options) {
    return clientOf(this.#connection.over(options));
  }

  session(configOrId, options) {
    if (typeof configOrId === 'string') return new SessionClient(this.#connection, sessionId(configOrId));
    return this.#create('session', configOrId, options);
  }

  run(config, options) {
    return this.#create('run', config, options);
  }

  request(route, options) {
    return withResponse((record) => this.#request(route, options, record));
  }

  async #request(route, given, record) {
    const { method, path } = routeOf(textOf('route', route));
    const { query, body, ...options } = optionsOf('request', given, 'request()');
    if (method === 'GET' && body !== undefined) throw invalid('body', 'must not be given for a GET');
    const target = query ? `${path}${path.includes('?') ? '&' : '?'}${query}` : path;
    const use = (core, own, end) => core.request(method, target, body, own, end);
    return this.#connection.call('request()', use, options, undefined, record);
  }

  #create(name, config, given) {
    return withResponse(async (record) =>
      this.#created(name, configurationOf(config), optionsOf('call', given, `${name}()`), record));
  }

  async #created(name, configuration, options, record) {
    const create = (core, own, end) => core.create(name, configuration, own, end);
    const created = await this.#connection.call(`${name}()`, create, options, undefined, record);
    return new SessionClient(this.#connection, this.#connection.results.sessionOf(created).id);
  }

  async all(items, mapper, given) {
    if (typeof items?.[Symbol.iterator] !== 'function') throw invalid('items', 'must be an array or another iterable');
    if (typeof mapper !== 'function') throw invalid('mapper', 'must be a function');
    const list = Array.from(items);
    const options = optionsOf('all', given, 'all()');
    const begun = new Map();
    const progress = progressOf(list.length, options);
    const configure = async (index) => {
      try {
        return { index, configuration: configurationOf(await mapper(list[index], index)) };
      } catch (error) {
        progress('failed');
        throw error;
      }
    };
    const create = ({ index, configuration }, timeoutMs, wholeMs) => {
      const bounds = { signal: options.signal, timeoutMs: timeoutMs ?? undefined, wholeMs: wholeMs ?? undefined };
      const session = this.#created('all', configuration, bounds);
      begun.set(index, session);
      session.then(() => progress('created'), () => progress('failed'));
      return session;
    };
    let results, cause;
    try {
      results = await this.#connection.batch(list.length, options, configure, create);
    } catch (error) {
      if (begun.size === 0) throw error;
      // The batch was lost by an internal error, but the created sessions are known.
      [results, cause] = [await ends(begun), error];
    }
    return this.#connection.results.sessionsOf(list, results, { cause, options });
  }

  batch(items, mapper, given) {
    if (typeof items?.[Symbol.iterator] !== 'function') throw invalid('items', 'must be an array or another iterable');
    if (typeof mapper !== 'function') throw invalid('mapper', 'must be a function');
    const list = Array.from(items);
    const options = optionsOf('batch', given, 'batch()');
    const keys = keysOf(list, options.key);
    const connection = this.#connection;
    const configure = async (index) => configurationOf(await mapper(list[index], index));
    const sessionOf = (id) => new SessionClient(connection, id);
    return new Batch(list.length, async (counts) => {
      await connection.runtime.start();
      return connection.results.runningBatch(connection, { list, keys, counts, options, configure, sessionOf });
    });
  }

  sessions(given) {
    const options = optionsOf('list', given, 'sessions()');
    const act = async (verb, id, bounds) => {
      const session = this.session(id);
      await session[verb](bounds);
      return session;
    };
    const readPage = (...asked) => this.#page('sessions', 'sessionOf', ...asked);
    return new SessionCursor(readPage, options, act, () => this.#connection.results);
  }

  async #page(list, conversion, request, at, record) {
    const use = (core, own, end) => core[list](own, end);
    const { items, nextPageToken } = await this.#connection.call(`${list}()`, use, request, at, record);
    const convert = this.#connection.results[conversion];
    return { items: items.map((item) => convert(item)), nextPageToken };
  }
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

/** A client with default options. */
export const clientOn = (runtime) => clientOf(new Connection(runtime, clientOptionsOf()));

/** Creates `connect`. */
export const connectOn = (runtime) => (options) => clientOf(new Connection(runtime, clientOptionsOf(options)));

/** A function outside of the class, since bundlers rename a class that refers to itself, and its name is visible when printed. */
function clientOf(connection) {
  return new JulesClient(connection);
}
