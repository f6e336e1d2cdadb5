/**
 * The types of the package alone, for `import type`. The module is empty at run time. Some types of the official SDK have another
 * name in this package, and are here by both.
 *
 * @example
 * ```ts
 * import type { Activity, SessionClient } from 'jules-wasm/types';
 *
 * export async function last(session: SessionClient): Promise<Activity | undefined> {
 *   return (await session.info()).activities?.at(-1);
 * }
 * ```
 *
 * @module jules-wasm/types
 */
import type { ListOptions, StreamOptions } from './options.js';

export type * from './index.js';

/** An alias of {@link StreamOptions}, with the name of the official SDK. */
export type StreamActivitiesOptions = StreamOptions;

/** An alias of {@link ListOptions}, with the name of the official SDK. */
export type ListSourcesOptions = ListOptions;

/** The author of an activity, with the name of the official SDK. */
export type Origin = 'user' | 'agent' | 'system';
