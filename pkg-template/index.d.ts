/**
 * Jules, the coding agent, from code: sessions, plans, messages, results. In Node, Deno, Bun, browsers and edge runtimes.
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
 * @packageDocumentation
 */

import type { GeneratedFile, SessionResource, Source } from './model.js';
import type { AllOptions, CallOptions, JulesOptions, ListOptions } from './options.js';
import type { AutomatedSession, SessionClient, SessionConfig } from './session.js';

export type * from './model.js';
export type * from './options.js';
export type * from './session.js';
export * from './errors.js';

/**
 * A client of the service. Makes no request, reads no environment, starts no timer and loads no
 * WebAssembly before it is used.
 */
export interface JulesClient {
  /**
   * Makes a session that somebody attends to: its plan waits for `approve()` unless `requireApproval` is `false`. One
   * POST and nothing else, if all goes well. If the answer is lost, the session is looked for among the newest before the
   * POST is repeated; a {@link JulesUnknownOutcomeError} if that does not tell. Rejects with a
   * {@link SourceNotFoundError} if the service does not know the repository or the branch.
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
  session(config: SessionConfig, options?: CallOptions): Promise<SessionClient>;

  /**
   * The session with this id, resource name (`sessions/ID`) or page (`https://jules.google.com/session/ID`). Makes no
   * request. Throws an {@link InvalidArgumentError} for anything else.
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
   * Makes a session that goes ahead by itself: its plan needs no approval unless `requireApproval` is `true`, and a pull
   * request is opened unless `autoPr` is `false`. Otherwise as `session(config)`.
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
  run(config: SessionConfig, options?: CallOptions): Promise<AutomatedSession>;

  /**
   * Makes a session for each item, a few at a time, and gives them in the order of the items. If any fails, rejects
   * with a {@link JulesBatchError} that holds every session that was made and every failure; what was under way is
   * awaited first, so nothing is lost.
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
   * The account's sessions, newest first: `await` gives the first page, `for await` all of them. Archived ones only
   * with the filter `archived = true`.
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
   * The repositories that the service can work on. `sources.get({ github })` gives one, or `undefined`.
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
   * A client with these options over this one's: what is not given stays. Throws an {@link InvalidArgumentError} for
   * options that cannot be right.
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

/** The account's sessions. */
export interface SessionCursor
  extends PromiseLike<{ sessions: SessionResource[]; nextPageToken?: string }>, AsyncIterable<SessionResource> {
  /** All sessions, up to `limit`, as an array. */
  all(): Promise<SessionResource[]>;
}

/** The repositories that the service can work on. */
export interface SourceManager {
  /** All of them, page by page. The filter knows only names: `name=sources/github/o/r OR name=…`. */
  (options?: ListOptions): AsyncIterable<Source>;
  /** One of them, or `undefined` if the service does not know it. */
  get(which: { github: string }, options?: CallOptions): Promise<Source | undefined>;
}

/**
 * The client without options: the key is read from the environment variable `JULES_API_KEY` at the first request.
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
 * A client with options. Throws an {@link InvalidArgumentError} for options that cannot be right.
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
 * Loads what the first call would load: the WebAssembly, of which importing the package loads nothing. Resolves when calls no
 * longer wait for it; rejects with a {@link JulesLoadError} if it cannot be loaded. Makes no request to the service.
 *
 * @example
 * ```ts
 * import { preload } from 'jules-wasm';
 *
 * await preload();
 * ```
 */
export function preload(): Promise<void>;

/**
 * The files of a unified diff, as git writes them or as `diff -u` does. Never throws: of a broken patch it gives what
 * can be read, and marks it `incomplete`.
 *
 * @example
 * ```ts
 * import { parseUnidiff } from 'jules-wasm';
 *
 * const [file] = parseUnidiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n');
 * console.log(file.path, file.changeType, file.additions, file.deletions);
 * ```
 */
export function parseUnidiff(patch?: string | null): GeneratedFile[];
