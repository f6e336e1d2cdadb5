import type { Activity } from './model.js';
import type { CallOptions, PageOptions } from './options.js';
import type { JulesPromise } from './requests.js';
import type { SessionClient } from './session.js';

/** The activities of a session, by page or by id. */
export interface ActivityClient {
  /**
   * Requests one page of activities, oldest first: 50 by default, at most 100. `nextPageToken` is missing on the last page.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * await run.result();
   * const { activities, nextPageToken } = await run.activities.list({ pageSize: 10 });
   * console.log(activities.length, nextPageToken);
   * ```
   */
  list(options?: PageOptions): JulesPromise<ListActivitiesResponse>;

  /**
   * Requests one activity by its id or its resource name.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * await run.result();
   * const { activities } = await run.activities.list({ pageSize: 1 });
   * for (const { id } of activities) console.log((await run.activities.get(id)).type);
   * ```
   */
  get(id: string, options?: CallOptions): JulesPromise<Activity>;

  /**
   * Requests the activities that this handle has not read yet, and resolves with their number. They are kept in memory, so that
   * `info()`, `snapshot()` and `select()` of the same handle request only newer ones.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * await run.result();
   * console.log(await run.activities.hydrate());
   * ```
   */
  hydrate(options?: CallOptions): Promise<number>;

  /**
   * Resolves with the activities that the options ask for, among all of the session. Requests those that this handle has not read
   * yet. Rejects with an {@link InvalidArgumentError} if `after` or `before` is not the id of an activity of the session.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * await run.result();
   * const [last] = await run.activities.select({ type: 'planGenerated', order: 'desc', limit: 1 });
   * console.log(last?.id);
   * ```
   */
  select(options?: SelectOptions): Promise<Activity[]>;

  /** The same as {@link SessionClient.stream}. */
  stream: SessionClient['stream'];

  /** The same as {@link SessionClient.history}. */
  history: SessionClient['history'];

  /** The same as {@link SessionClient.updates}. */
  updates: SessionClient['updates'];
}

/** One page of activities. */
export interface ListActivitiesResponse {
  /** The activities, oldest first. */
  activities: Activity[];
  /** The `pageToken` of the next page. Missing on the last page. */
  nextPageToken?: string;
}

/** Options of `activities.select()`. */
export interface SelectOptions extends CallOptions {
  /** The id of an activity: only later ones. Default: from the first. */
  after?: string | undefined;
  /** The id of an activity: only earlier ones. Default: to the last. */
  before?: string | undefined;
  /** Only activities of this type. Default: all. */
  type?: Activity['type'] | undefined;
  /** The order of the result: `asc`, the oldest first, or `desc`. Default `asc`. */
  order?: 'asc' | 'desc' | undefined;
  /** The largest number of activities, the first ones in this order. Default: all. */
  limit?: number | undefined;
}
