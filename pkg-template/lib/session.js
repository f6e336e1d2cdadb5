// The public handle of a session. Its only state is a cache of the activities that `info()` has read.
import { optionsOf, stateOf, textOf } from './given.js';
import { activityId } from './ids.js';
import { Stream } from './iterables.js';
import { withResponse } from './responses.js';

export class SessionClient {
  #client;
  #autopilot;
  /** The activities that `info()` has read so far. Later calls request only newer ones. */
  #read = { activities: [], cursor: undefined };

  /** @param autopilot that of `result()` and `wait()` unless they get one */
  constructor(client, id, autopilot) {
    this.#client = client;
    this.#autopilot = autopilot && { autopilot };
    // Read-only, since the checked id becomes part of URLs.
    Object.defineProperty(this, 'id', { value: id, enumerable: true });
  }

  info(options) {
    return withResponse(async (record) => this.#info('info()', optionsOf('info', options, 'info()'), record));
  }

  async snapshot(given) {
    const session = await this.#info('snapshot()', optionsOf('info', given, 'snapshot()'));
    return new this.#client.results.SessionSnapshot(session, session.activities);
  }

  async #info(title, options, record) {
    const before = this.#read;
    const { cursor, ...info } = await this.#client.do(title, 'info', [this.id, before.cursor], options, record);
    const { activitiesOf, merged, sessionOf } = this.#client.results;
    const session = sessionOf(info.session);
    if (!options.activities) return session;
    const all = merged(before.activities, activitiesOf(info.activities));
    // Concurrent calls may end in any order: keep the longer history.
    if (all.length >= this.#read.activities.length) this.#read = { activities: all, cursor };
    return { ...session, activities: [...all] };
  }

  async waitFor(state, options) {
    return this.#converted('sessionOf', this.#do('waitFor', [stateOf(state)], options));
  }

  async result(options) {
    return this.#converted('outcomeOf', this.#notifying('result', options));
  }

  async wait(options) {
    return this.#converted('waitedOf', this.#notifying('wait', options));
  }

  /** A call that may report changes to `onUpdate`. */
  async #notifying(name, given) {
    const title = `${name}()`;
    const at = new Error();
    const use = (core, own, end) => core[name](this.id, this.#client.results.withPilot(own), end);
    const call = (own) => this.#client.call(title, use, own, at);
    const options = { ...this.#autopilot, ...optionsOf(name, given, title) };
    if (!options.onUpdate) return call(options);
    const own = await this.#client.loaded(title, options, at);
    const { notifying, sessionOf } = this.#client.results;
    return notifying(title, own, call, sessionOf);
  }

  approve(options) {
    return this.#change('approve', options);
  }

  send(prompt, options) {
    return withResponse(async (record) => this.#do('send', [textOf('prompt', prompt)], options, record));
  }

  async ask(prompt, options) {
    const [answer] = await this.#converted('activitiesOf', this.#do('ask', [textOf('prompt', prompt)], options));
    return answer;
  }

  stream(options) {
    return this.#open('stream', options);
  }

  history(options) {
    return this.#open('history', options);
  }

  updates(options) {
    return this.#open('updates', options);
  }

  #open(span, given) {
    const title = `${span}()`;
    const options = optionsOf('stream', given, title);
    const load = (id, how) => this.activities.get(id, how);
    const convert = ({ streamed }, found) => streamed(found, !options.artifacts && load);
    const open = (core, own) => core.stream(this.id, span, own);
    return new Stream(this.#client, ['ActivityStream', { session: this.id }], title, options, open, convert);
  }

  archive(options) {
    return this.#change('archive', options);
  }

  unarchive(options) {
    return this.#change('unarchive', options);
  }

  delete(options) {
    return this.#change('delete', options);
  }

  #change(name, options) {
    return withResponse(async (record) => this.#do(name, [], options, record));
  }

  get activities() {
    const list = async (given, record) => {
      const { items, nextPageToken } = await this.#do('activities', [], given, record, 'activities.list()', 'page');
      return { activities: this.#client.results.activitiesOf(items), ...(nextPageToken && { nextPageToken }) };
    };
    const get = async (id, given, record) => {
      const own = activityId(this.id, textOf('activity id', id));
      const [activity] = await this.#converted('activitiesOf', this.#do('activity', [own], given, record, 'activities.get()'));
      return activity;
    };
    return {
      list: (options) => withResponse((record) => list(options, record)),
      get: (id, options) => withResponse((record) => get(id, options, record)),
      hydrate: async (given) => {
        const title = 'activities.hydrate()';
        const known = this.#read.activities.length;
        await this.#info(title, { ...optionsOf('call', given, title), activities: true });
        return this.#read.activities.length - known;
      },
      select: async (given) => {
        const title = 'activities.select()';
        const { signal, timeoutMs, ...wanted } = optionsOf('select', given, title);
        const { activities } = await this.#info(title, { signal, timeoutMs, activities: true });
        return this.#client.results.selected(activities, wanted);
      },
      stream: (options) => this.stream(options),
      history: (options) => this.history(options),
      updates: (options) => this.updates(options),
    };
  }

  /** A call of the use-case `name`, by default without options of its own. */
  #do(name, given, options, record, title = `${name}()`, kind = 'call') {
    return this.#client.do(title, name, [this.id, ...given], optionsOf(kind, options, title), record);
  }

  /** The result of a call, converted by the function of this name in lib/results.js, which the call has loaded. */
  async #converted(conversion, call) {
    const result = await call;
    return this.#client.results[conversion](result);
  }
}
