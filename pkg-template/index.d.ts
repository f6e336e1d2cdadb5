/**
 * A client for Jules, Google's coding agent. Runs in Node, Deno, Bun, browsers and edge runtimes.
 *
 * ```ts
 * import { jules } from 'jules-wasm';
 *
 * const session = await jules.session({
 *   prompt: 'Refactor the authentication module.',
 *   source: { github: 'owner/repo', baseBranch: 'main' },
 * });
 * await session.waitFor('awaitingPlanApproval');
 * await session.approve();
 * const outcome = await session.result();
 * console.log(outcome.state, outcome.pullRequest?.url);
 * ```
 *
 * @module jules-wasm
 */

import type { Batch, BatchOptions } from './batch.js';
import type { TickOptions, TickState } from './tick.js';
import type { SessionResource, Source } from './model.js';
import type { CloseOptions, CloseReport } from './close.js';
import type { AllOptions, BulkOptions, CallOptions, JulesOptions, ListOptions, RunOptions } from './options.js';
import type { JulesPromise, RequestOptions, WithResponse } from './requests.js';
import type { AutomatedSession, SessionClient, SessionConfig } from './session.js';
import type { SessionFeed, WatchOptions } from './watch.js';

export type * from './activities.js';
export type * from './autopilot.js';
export type * from './batch.js';
export type * from './close.js';
export type * from './tick.js';
export type * from './model.js';
export type * from './options.js';
export type * from './outcome.js';
export type * from './requests.js';
export type * from './session.js';
export type * from './snapshot.js';
export type * from './watch.js';
export * from './errors.js';
export type { ParsedFile } from './diff.js';
export * from './files.js';

/**
 * A client of the service. It sends no request, reads no environment variable, starts no timer and loads no WebAssembly
 * before its first call.
 */
export interface JulesClient {
  /**
   * Creates a session whose plan must be approved with `approve()`, unless `requireApproval` is `false`.
   *
   * Sends one POST request. If its response is lost, the client lists the newest sessions to find out whether the session
   * was created, and sends the POST again only if it was not. Rejects with a {@link JulesUnknownOutcomeError} if the lists
   * do not decide this, and with a {@link SourceNotFoundError} if the service does not know the repository or the branch.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const session = await jules.session({
   *   prompt: 'Refactor the authentication module.',
   *   source: { github: 'owner/repo', baseBranch: 'main' },
   * });
   * console.log(session.id);
   * ```
   */
  session(config: SessionConfig, options?: CallOptions): JulesPromise<SessionClient>;

  /**
   * Returns a handle of an existing session. Accepts an id, a resource name (`sessions/ID`) or the URL of the session's
   * page (`https://jules.google.com/session/ID`); throws an {@link InvalidArgumentError} for anything else. Sends no
   * request and does not check that the session exists.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * console.log(jules.session('sessions/14550388554331055113').id);
   * ```
   */
  session(id: string): SessionClient;

  /**
   * Creates a session that starts work without approval of its plan, unless `requireApproval` is `true`. Otherwise the same
   * as `session(config)`.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({
   *   prompt: 'Fix the linting errors in src/utils.ts',
   *   source: { github: 'owner/repo', baseBranch: 'main' },
   * });
   * console.log((await run.result()).pullRequest?.url);
   * ```
   */
  run(config: SessionConfig, options?: RunOptions): JulesPromise<AutomatedSession>;

  /**
   * Creates a session for each item, `concurrency` (default 4) at a time, and resolves with the sessions in the order of the
   * items. If any create fails, waits for the creates already sent and rejects with a {@link JulesBatchError}, which holds
   * every created session and every failure.
   *
   * @param mapper returns the configuration of the session of an item
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const sessions = await jules.all(['Fix bug A', 'Fix bug B'], (task) => ({
   *   prompt: task,
   *   source: { github: 'owner/repo', baseBranch: 'main' },
   * }));
   * const outcomes = await Promise.all(sessions.map((session) => session.result()));
   * console.log(outcomes.map((outcome) => outcome.state));
   * ```
   */
  all<T>(
    items: Iterable<T>,
    mapper: (item: T, index: number) => SessionConfig | Promise<SessionConfig>,
    options?: AllOptions,
  ): Promise<AutomatedSession[]>;

  /**
   * Creates a session for each item, waits for their ends and yields the items as they end. With a `journal` the batch survives
   * its process: run the same code again, and it creates what is missing, once for each key, and goes on waiting. A create that
   * a crash has interrupted is searched for in the lists of sessions first, for up to a minute; if they do not decide it, the
   * item's status is `'unknown'`, and no session is created. With a `quota` no more sessions run than the plan allows.
   *
   * Each run yields every item once, also those that had ended before. Throws an {@link InvalidArgumentError} at once for
   * invalid options and for a key that occurs twice. The iteration throws a {@link JulesJournalError} if the journal cannot be
   * read or written, and a {@link JulesAuthenticationError} if the service refuses the API key.
   *
   * @param map returns the configuration of the session of an item; called once for each session that is created
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const batch = jules.batch(['Fix bug A', 'Fix bug B'], (prompt) => ({ prompt, source: { github: 'owner/repo', baseBranch: 'main' } }), {
   *   key: (prompt) => prompt,
   *   journal: 'bugs.journal',
   *   quota: 'pro',
   * });
   * for await (const item of batch) {
   *   if (item.status === 'completed') console.log(item.key, (await item.session.result()).pullRequest?.url);
   *   else console.log(item.key, item.status);
   * }
   * ```
   */
  batch<T>(
    items: Iterable<T>,
    map: (item: T, index: number) => SessionConfig | Promise<SessionConfig>,
    options: BatchOptions<T>,
  ): Batch<T>;

  /**
   * Advances a batch by one bounded step, for cron jobs and edge functions, where no process lives as long as a session: reads the
   * states of its sessions, creates what is missing within the bounds, and resolves with the new state of the batch. Store the state
   * and pass it to the next tick; `undefined` begins a batch. It is a batch of sessions that run without you, as {@link JulesClient.batch}.
   *
   * A tick may be cut off at any time, with its state lost: the next one, with an older state or none, finds the sessions that it has
   * created, and creates no second one. Run one tick at a time; see [Batches](../docs/batches.md#ticks).
   *
   * Rejects if the list of sessions cannot be read, with nothing created; with a {@link JulesJournalError} if `save` rejects; and with
   * an {@link InvalidArgumentError} for a state that is not one. The state that was stored last stays valid.
   *
   * @param state what the last tick has resolved with; `undefined` or `null` at first
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   * import type { TickState } from 'jules-wasm';
   *
   * export async function onCron(load: () => Promise<TickState | undefined>, save: (state: TickState) => Promise<void>): Promise<void> {
   *   const state = await jules.tick(await load(), {
   *     name: 'fix-bugs-1',
   *     items: ['Fix bug A', 'Fix bug B'],
   *     key: (prompt) => prompt,
   *     map: (prompt) => ({ prompt, source: { github: 'owner/repo', baseBranch: 'main' } }),
   *     save,
   *     maxRequests: 10,
   *     maxMs: 20_000,
   *   });
   *   await save(state);
   *   for (const item of state.items) {
   *     if (item.status === 'completed') console.log(item.key, await jules.session(item.sessionId).result());
   *   }
   * }
   * ```
   */
  tick<T>(state: TickState | null | undefined, options: TickOptions<T>): Promise<TickState>;

  /**
   * Follows all sessions of the account: those that have not ended, and those that are created meanwhile, also by other processes and in the
   * web app. Yields each change once: a new session, another state, the end.
   *
   * Lists the newest hundred sessions once in each polling interval, so that their changes arrive within one; with more sessions, one further
   * page, which goes through the others in turn. Each event costs one request more, for the whole session. States that a session has passed
   * through between two lists are not seen. The iteration never ends by itself.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * await jules.run({ prompt: 'Write hello.ts' }); // or another process does
   * for await (const { type, session } of jules.watch({ timeoutMs: 3_600_000 })) {
   *   if (session.state === 'awaitingUserFeedback') console.log('needs a reply:', session.url);
   *   if (type === 'ended') break;
   * }
   * ```
   */
  watch(options?: WatchOptions): SessionFeed;

  /**
   * Lists the account's sessions, newest first: `await` resolves with the first page, `for await` iterates over all of them.
   * Archived sessions are left out unless the `filter` asks for them: `archived = true`.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * for await (const session of jules.sessions({ limit: 20 })) console.log(session.id, session.state);
   * ```
   */
  sessions(options?: ListOptions): SessionCursor;

  /**
   * Lists the repositories that the service can work on. `sources.get({ github })` resolves with one, or with `undefined`.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * for await (const source of jules.sources()) console.log(source.name);
   * console.log(await jules.sources.get({ github: 'bobalover/boba' }));
   * ```
   */
  readonly sources: SourceManager;

  /**
   * Sends a request that this package does not wrap, with the client's key, headers, retries and limits. Resolves with the JSON of
   * the response as the service has sent it, or `undefined` if it has no content.
   *
   * A `GET` is sent again as all reads are. Any other method is sent again only after an attempt that did not reach the service,
   * since it is not known what it does: check the `outcome` of its error. Prefer the methods of this package where there is one;
   * `session()` reconciles a create whose response was lost, a `POST /sessions` does not.
   *
   * @param route the method (`GET`, `POST`, `PATCH` or `DELETE`) and the path below the base URL, encoded, with or without a query
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const page = (await jules.request('GET /sessions', { query: { pageSize: 5 } })) as { sessions?: { id: string }[] };
   * console.log(page.sessions?.length);
   * ```
   */
  request(route: string, options?: RequestOptions): JulesPromise<unknown>;

  /**
   * Closes the client, for a process that is to end: nothing more is begun, and what is under way is reported. Sessions go on, on the
   * service.
   *
   * - New calls reject with a {@link ClientClosedError}, with `outcome: 'notSent'`.
   * - Waits, streams and reads reject with it at once.
   * - Creates, messages and other changes whose request was sent are awaited, for up to `timeoutMs`, so that their calls still resolve.
   *   No request is sent again: a create or a message that was not answered clearly is reported as unknown.
   * - A batch begins no further item, records the creates that were sent, and its iteration throws the error. Run it again with the same
   *   journal, and it goes on where it was.
   *
   * Resolves when no call is under way any more, and does not reject. Clients that were made of this one by `with()` are not closed.
   *
   * @example
   * ```ts
   * import { connect } from 'jules-wasm';
   *
   * const jules = connect();
   * process.once('SIGTERM', async () => {
   *   const { created, unknown, ended } = await jules.close({ timeoutMs: 5_000 });
   *   console.log({ created, unknown, ended });
   *   process.exit(0);
   * });
   * ```
   */
  close(options?: CloseOptions): Promise<CloseReport>;

  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<CloseReport>;

  /**
   * Returns a client with these options, which takes all other options from this client. Throws an
   * {@link InvalidArgumentError} for unknown options and invalid values.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const patient = jules.with({ config: { pollingIntervalMs: 30_000 } });
   * console.log((await patient.run({ prompt: 'Write hello.ts' })).id);
   * ```
   */
  with(options: JulesOptions): JulesClient;
}

/** A list of sessions. Awaited, it resolves with the first page; iterated, it requests further pages as needed. */
export interface SessionCursor
  extends PromiseLike<ListSessionsResponse>, AsyncIterable<SessionResource> {
  /**
   * Resolves with all sessions, at most `limit`, as an array.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * console.log((await jules.sessions({ limit: 200 }).all()).length);
   * ```
   */
  all(): Promise<SessionResource[]>;
  /** Resolves with the first page and the HTTP response, as {@link JulesPromise.withResponse}. */
  withResponse(): Promise<WithResponse<ListSessionsResponse>>;

  /**
   * Iterates over the pages: 100 sessions each, unless `pageSize` is set. Store the `nextPageToken` of a page to continue the list
   * later, also in another process: pass it as `pageToken`.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * for await (const { sessions, nextPageToken } of jules.sessions().pages()) console.log(sessions.length, nextPageToken);
   * ```
   */
  pages(): AsyncIterableIterator<ListSessionsResponse>;

  /**
   * Archives all sessions of the list for which `which` returns `true`, and resolves with them. Reads the list to its end first,
   * 100 sessions a page; `limit` bounds how many are read. With `dryRun: true` it archives nothing.
   *
   * Rejects with a {@link JulesBatchError} if not all of them could be archived: its `failures` are those that failed, its
   * `sessions` those that are archived. Call it again to continue.
   *
   * @param which selects sessions. May be async. If it throws, nothing is archived, and the call rejects with the same error
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const monthAgo = Date.now() - 30 * 86_400_000;
   * const old = await jules.sessions().archive(({ state, updateTime }) => state === 'completed' && Date.parse(updateTime) < monthAgo, {
   *   dryRun: true, // only finds them
   * });
   * console.log(old.map(({ title }) => title));
   * ```
   */
  archive(which: (session: SessionResource) => boolean | Promise<boolean>, options?: BulkOptions): Promise<SessionResource[]>;

  /**
   * Deletes all sessions of the list for which `which` returns `true`, and resolves with them. Otherwise the same as `archive()`.
   * Deleted sessions cannot be restored: try it with `dryRun: true` first.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * await jules.sessions({ filter: 'archived = true' }).delete(({ state }) => state === 'failed', {
   *   onProgress: ({ done, total }) => console.log(`${done} of ${total}`),
   * });
   * ```
   */
  delete(which: (session: SessionResource) => boolean | Promise<boolean>, options?: BulkOptions): Promise<SessionResource[]>;
}

/** One page of sessions. */
export interface ListSessionsResponse {
  /** The sessions, newest first. */
  sessions: SessionResource[];
  /** The `pageToken` of the next page. Missing on the last page. */
  nextPageToken?: string;
}

/** An alias of {@link ListOptions}, with the name of the official SDK. */
export type ListSessionsOptions = ListOptions;

/** The repositories that the service can work on: those on which the Jules app is installed. */
export interface SourceManager {
  /** Iterates over all sources, page by page. The `filter` supports only `name`: `name=sources/github/o/r OR name=…`. */
  (options?: ListOptions): AsyncIterable<Source>;
  /**
   * Resolves with the source of the repository `owner/repo`, or with `undefined` if the service does not know it.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * console.log((await jules.sources.get({ github: 'bobalover/boba' }))?.name);
   * ```
   */
  get(which: { github: string }, options?: CallOptions): JulesPromise<Source | undefined>;
}

/**
 * A client with default options. It reads the API key from the environment variable `JULES_API_KEY` at its first request.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 *
 * const run = await jules.run({ prompt: 'Write hello.ts' });
 * console.log((await run.result()).state);
 * ```
 */
export const jules: JulesClient;

/**
 * Creates a client. Throws an {@link InvalidArgumentError} for unknown options and invalid values.
 *
 * @example
 * ```ts
 * import { connect } from 'jules-wasm';
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const emulator = await createEmulator({ stepMs: 1 });
 * const jules = connect({ ...emulator, config: { pollingIntervalMs: 5 } });
 * const run = await jules.run({ prompt: 'Write hello.ts' });
 * console.log((await run.result()).state);
 * ```
 */
export function connect(options?: JulesOptions): JulesClient;

/**
 * Loads and compiles the WebAssembly now instead of at the first call. Resolves when it is ready, and rejects with a
 * {@link JulesLoadError} if it cannot be loaded. Sends no request to the service.
 *
 * @example
 * ```ts
 * import { preload } from 'jules-wasm';
 *
 * await preload();
 * ```
 */
export function preload(): Promise<void>;
