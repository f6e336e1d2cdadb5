// The public client.
import { ASYNC_DISPOSE, Batch } from './batch.js';
import { AbortError, invalid } from './errors.js';
import { clientOptionsOf, closingOf, configurationOf, copyOf, inEnvironment, keysOf, listOf, optionsOf, repositoryOf, textOf } from './given.js';
import { routeOf, sessionId } from './ids.js';
import { entries, LONGEST_PAGE, SessionCursor, Stream } from './iterables.js';
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
  #isClosed = false;

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
      this.#core = new exports.Client({ ...this.#options, fetch: sendingOf(this.#options, callInProgress), isClosed: this.#isClosed });
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
    return this.#logged(title, () => this.#runtime.run(title, use, options, at, record));
  }

  /** Waits for the WebAssembly within the bounds of a call, and resolves with its options with the time left since `begun`. */
  loaded(title, options, at, begun) {
    return this.#logged(title, () => this.#runtime.loaded(title, options, at, begun));
  }

  #logged(title, begin) {
    const { logger } = this.#options;
    return logger ? begin().catch((error) => fail(logger, title, error)) : begin();
  }

  /** What converts results (lib/results.js); there after a call. */
  get results() {
    return this.#runtime.results;
  }

  /** Calls the core: `use(core, options, end)`. `title` is the call's name for messages, `options` are complete. */
  call(title, use, options, at, record) {
    return this.run(title, (exports, end, own) => use(this.core(exports), own, end), options, at, record);
  }

  /** Calls the method `name` of the core, with `given` before the options. */
  do(title, name, given, options, record, at) {
    return this.call(title, (core, own, end) => core[name](...given, own, end), options, at, record);
  }

  /** The report of what was under way. An instance after this one begins closed. */
  async close(options) {
    this.#isClosed = true;
    return JSON.parse(await this.call('close()', (core, _, end) => core.close(options, end)));
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
      const found = await connection.do(title, 'source', [github], optionsOf('call', given, title), record);
      return found && connection.results.sourceOf(found);
    };
    Object.assign(sources, { get: (source, options) => withResponse((record) => get(source, options, record)) });
    // Not enumerable, so that a printed client is short.
    Object.defineProperty(this, 'sources', { value: sources });
  }

  [INSPECT](...how) {
    return printed('JulesClient', this.#connection.shown, how);
  }

  close(options) {
    return this.#connection.close(closingOf(options));
  }

  [ASYNC_DISPOSE]() {
    return this.close();
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
    return this.#connection.do('request()', 'request', [method, target, body], options, record);
  }

  #create(name, config, given) {
    return withResponse(async (record) => {
      const title = `${name}()`;
      const configuration = configurationOf(config);
      const options = optionsOf(name === 'run' ? name : 'call', given, title);
      const created = await this.#connection.do(title, 'create', [name, configuration], options, record);
      return new SessionClient(this.#connection, this.#connection.results.sessionOf(created).id, options.autopilot);
    });
  }

  async all(items, mapper, given) {
    const batch = await this.#loaded(this.#batch('all', items, mapper, given));
    return this.#connection.results.all(batch);
  }

  batch(items, mapper, given) {
    const batch = this.#batch('batch', items, mapper, given);
    const keys = keysOf(batch.list, batch.options.key);
    return new Batch(keys.length, async (counts) => {
      const loaded = await this.#loaded(batch);
      return this.#connection.results.runningBatch({ ...loaded, keys, counts });
    });
  }

  /** What `all()` and `batch()` need, checked. */
  #batch(name, items, mapper, given) {
    const title = `${name}()`;
    const list = listOf(items);
    if (typeof mapper !== 'function') throw invalid('mapper', 'must be a function');
    const options = optionsOf(name, given, title);
    const connection = this.#connection;
    const configure = async (index) => configurationOf(await mapper(list[index], index));
    const sessionOf = (id) => new SessionClient(connection, id, options.autopilot);
    return { connection, title, list, options, configure, sessionOf, at: new Error() };
  }

  async #loaded(batch) {
    const options = await this.#connection.loaded(batch.title, batch.options, batch.at);
    return { ...batch, options };
  }

  async tick(state, given) {
    const title = 'tick()';
    const at = new Error();
    const { signal, timeoutMs, ...options } = copyOf(given, title);
    const bounds = await this.#connection.loaded(title, optionsOf('call', { signal, timeoutMs }, title), at);
    return this.#connection.results.tick(this.#connection, state, options, bounds, at);
  }

  watch(given) {
    const options = optionsOf('watch', given, 'watch()');
    const open = (core, own) => core.watch(own);
    return new Stream(this.#connection, ['SessionFeed', {}], 'watch()', options, open, ({ eventsOf }, found) => eventsOf(found));
  }

  sessions(given) {
    const options = optionsOf('list', given, 'sessions()');
    const act = async (verb, id, bounds) => {
      const session = this.session(id);
      await session[verb](bounds);
      return session;
    };
    const readPage = (...asked) => this.#page('sessions', 'sessionOf', ...asked);
    const loaded = async (title, own, at, use) => {
      const left = await this.#connection.loaded(title, own, at);
      return use(this.#connection.results.bulk, left);
    };
    return new SessionCursor(readPage, options, act, loaded);
  }

  async #page(list, conversion, request, at, record) {
    const { items, ...page } = await this.#connection.do(`${list}()`, list, [], request, record, at);
    const convert = this.#connection.results[conversion];
    return { items: items.map((item) => convert(item)), ...page };
  }
}

/** A client with default options. */
export const clientOn = (runtime) => clientOf(new Connection(runtime, clientOptionsOf()));

/** Creates `connect`. */
export const connectOn = (runtime) => (options) => clientOf(new Connection(runtime, clientOptionsOf(options)));

/** A function outside of the class, since bundlers rename a class that refers to itself, and its name is visible when printed. */
function clientOf(connection) {
  return new JulesClient(connection);
}
