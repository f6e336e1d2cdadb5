// One session, as the caller holds it. It has no state but what was read of its activities: the service has the rest.
import { optionsOf } from './given.js';
import { ActivityStream } from './iterables.js';
import { withSharedSignal } from './signals.js';
import { told } from './told.js';
import { SessionOutcome, toActivity } from './values.js';

/** A time as text that sorts as times do: the service leaves out zeros at the end of a second's fraction. */
const sortable = ({ createTime }) => createTime.replace(/(?:\.(\d*))?Z$/, (_, digits = '') => `.${digits.padEnd(9, '0')}`);

/** The activities with those that are new, which are mostly the latest, but may have become visible late. */
function merged(known, fresh) {
  if (known.length === 0 || fresh.length === 0) return known.length === 0 ? fresh : known;
  const all = [...known];
  for (const activity of fresh) {
    const time = sortable(activity);
    let place = all.length;
    while (time && place > 0 && sortable(all[place - 1]) > time) place--;
    all.splice(place, 0, activity);
  }
  return all;
}

export class SessionClient {
  #client;
  /** What `info()` has read of the activities so far; later calls ask for what comes after. */
  #read = { activities: [], cursor: undefined };

  constructor(client, id) {
    this.#client = client;
    // Checked when it came in, so it must stay as it is: it goes into addresses.
    Object.defineProperty(this, 'id', { value: id, enumerable: true });
  }

  async info(given) {
    const options = optionsOf(given);
    const before = this.#read;
    const { session, activities, cursor } = await this.#call('info', before.cursor, options);
    if (options?.activities === false) return session;
    const all = merged(before.activities, activities.map(toActivity));
    // Of two calls at once, the one that began later may end earlier: the longer history is kept.
    if (all.length >= this.#read.activities.length) this.#read = { activities: all, cursor };
    return { ...session, activities: [...all] };
  }

  waitFor(state, options) {
    return this.#call('waitFor', state, options);
  }

  async result(options) {
    return new SessionOutcome(await this.#told('result', options));
  }

  /** A call that tells `onUpdate` of changes. */
  #told(name, options) {
    return told(name, options, (own) => this.#call(name, undefined, own));
  }

  async approve(options) {
    await this.#call('approve', undefined, options);
  }

  async send(prompt, options) {
    await this.#call('send', prompt, options);
  }

  async ask(prompt, options) {
    return toActivity(await this.#call('ask', prompt, options));
  }

  wait(options) {
    return this.#told('wait', options);
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
    return this.#client.open((runtime, core) => {
      const load = (id, how) => this.activities.get(id, how);
      const options = optionsOf(given);
      return new ActivityStream(runtime, () => core.stream(this.id, span, withSharedSignal(options)), options, load);
    });
  }

  async archive(options) {
    await this.#call('archive', undefined, options);
  }

  async unarchive(options) {
    await this.#call('unarchive', undefined, options);
  }

  async delete(options) {
    await this.#call('delete', undefined, options);
  }

  get activities() {
    return {
      list: async (options) => {
        const page = await this.#call('activities', undefined, options);
        const { items, nextPageToken } = page;
        return { activities: items.map(toActivity), ...(nextPageToken && { nextPageToken }) };
      },
      get: async (id, options) => toActivity(await this.#call('activity', id, options)),
      stream: (options) => this.stream(options),
      history: (options) => this.history(options),
      updates: (options) => this.updates(options),
    };
  }

  #call(name, argument, options) {
    return this.#client.call(name, this.id, argument, options);
  }
}
