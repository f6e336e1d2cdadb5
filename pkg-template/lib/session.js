// One session, as the caller holds it. It has no state but what was read of its activities: the service has the rest.
import { ActivityStream } from './iterables.js';
import { SessionOutcome, toActivity } from './values.js';

export class SessionClient {
  #client;
  /** What `info()` has read of the activities so far; later calls ask for what comes after. */
  #read = { activities: [], cursor: undefined };

  constructor(client, id) {
    this.#client = client;
    this.id = id;
  }

  async info(options) {
    const before = this.#read;
    const { session, activities, cursor } = await this.#run((core) => core.info(this.id, before.cursor, options), options);
    if (options?.activities === false) return session;
    const all = [...before.activities, ...activities.map(toActivity)];
    // Of two calls at once, the one that began later may end earlier: the longer history is kept.
    if (all.length >= this.#read.activities.length) this.#read = { activities: all, cursor };
    return { ...session, activities: all.slice() };
  }

  waitFor(state, options) {
    return this.#run((core) => core.waitFor(this.id, state, options), options);
  }

  async result(options) {
    let thrown;
    const watched = options?.onUpdate && {
      ...options,
      onUpdate: typeof options.onUpdate !== 'function' ? options.onUpdate : (session) => {
        try {
          options.onUpdate(session);
        } catch (error) {
          thrown = { error };
          throw error;
        }
      },
    };
    try {
      return new SessionOutcome(await this.#run((core) => core.result(this.id, watched ?? options), options));
    } catch (error) {
      throw thrown ? thrown.error : error;
    }
  }

  async approve(options) {
    await this.#run((core) => core.approve(this.id, options), options);
  }

  async send(prompt, options) {
    await this.#run((core) => core.send(this.id, prompt, options), options);
  }

  async ask(prompt, options) {
    return toActivity(await this.#run((core) => core.ask(this.id, prompt, options), options));
  }

  stream(options) {
    return this.#client.open((runtime, core) => {
      return new ActivityStream(runtime, () => core.stream(this.id, options), options?.signal);
    });
  }

  async archive(options) {
    await this.#run((core) => core.archive(this.id, options), options);
  }

  async unarchive(options) {
    await this.#run((core) => core.unarchive(this.id, options), options);
  }

  async delete(options) {
    await this.#run((core) => core.delete(this.id, options), options);
  }

  get activities() {
    return {
      list: async (options) => {
        const page = await this.#run((core) => core.activities(this.id, options), options);
        const { items, nextPageToken } = page;
        return { activities: items.map(toActivity), ...(nextPageToken && { nextPageToken }) };
      },
      get: async (id, options) => toActivity(await this.#run((core) => core.activity(this.id, id, options), options)),
    };
  }

  #run(use, options) {
    return this.#client.run(use, options);
  }
}
