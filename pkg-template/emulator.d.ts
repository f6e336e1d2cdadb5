/**
 * An emulator of the Jules service, for tests, demos and offline work: the twelve operations of its API, as strict as the
 * service. A script defines what its agent does. The same seed and the same requests at the same times produce the same
 * responses, byte for byte.
 *
 * @module jules-wasm/emulator
 */

import type { EmulatorFaultRule } from './emulator-faults.js';
import type { BuiltInScenario, ScenarioStep } from './emulator-scenarios.js';

export type * from './emulator-faults.js';
export type * from './emulator-scenarios.js';

/** A connected repository. */
export interface EmulatorSource {
  /** The owner of the repository. */
  owner: string;
  /** Its name. */
  repo: string;
  /** Whether it is private. Default false. */
  isPrivate?: boolean;
  /** The default branch. Default `main`. */
  defaultBranch?: string;
  /** The active branches besides the default one. Default none. */
  branches?: string[];
}

/**
 * The options of an emulator. An unknown option is a `TypeError` that names it.
 *
 * @example
 * ```ts
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const emulator = await createEmulator({
 *   seed: 7,
 *   clock: 'virtual',
 *   scenario: 'question',
 *   sources: [{ owner: 'someone', repo: 'thing', branches: ['develop'] }],
 * });
 * console.log(emulator.baseUrl);
 * ```
 */
export interface EmulatorOptions {
  /** The seed of all ids and random choices: a whole number, 0 or more. Default 1. */
  seed?: number | undefined;
  /** The only API key that is accepted. Default: any non-empty key is accepted. */
  apiKey?: string | undefined;
  /**
   * Milliseconds between two steps of a script. Default 1000. With 0 the first request after the create sees all steps that
   * do not wait for the user.
   */
  stepMs?: number | undefined;
  /**
   * The scenario of sessions whose prompt selects none with `[emulator: name]`. Several names, separated by commas, run one
   * after the other, with one plan and only the ending of the last one. Default `default`.
   */
  scenario?: BuiltInScenario | (string & {}) | undefined;
  /**
   * Custom scenarios by name. They replace built-in scenarios of the same name.
   *
   * @example
   * ```ts
   * import { createEmulator } from 'jules-wasm/emulator';
   *
   * await createEmulator({ scenarios: { hello: ['opening', { say: 'Hello, {repo}!' }, { after: 3, complete: {} }] } });
   * ```
   */
  scenarios?: Record<string, ScenarioStep[]> | undefined;
  /** The connected repositories, in the order of lists. Default: three of the owner `bobalover`. */
  sources?: EmulatorSource[] | undefined;
  /** Whether all other GitHub repositories count as connected, with any branch. Default true. */
  anyRepository?: boolean | undefined;
  /** Whether the query parameter `fields` is supported. Default true; with false it is rejected with status 400. */
  partialResponses?: boolean | undefined;
  /**
   * With `real`, the default, the time is `now`. With `virtual` the time stands still, except that
   *
   * - polling moves it: a request for a session, its activities or the list of sessions that would return what the previous
   *   request returned first moves the clock to the next change. A wait for a state moves from state to state, a stream from
   *   activity to activity. With `config.pollingIntervalMs: 1` hours pass in milliseconds. While a session waits for its
   *   user, the clock does not move.
   * - {@link Emulator.advance} moves it.
   *
   * Only the emulator's time is virtual. The client's timers (`timeoutMs`, polling intervals, backoff) are those of the
   * runtime, so set `pollingIntervalMs` and `rateLimitRetry.baseDelayMs` to 1 in tests, or use fake timers. The client reads
   * the service's clock at most every half minute of real time, so test a stall with `wait({ stallMs: 20 })`, or with a
   * client that has sent no request before {@link Emulator.advance}.
   */
  clock?: 'real' | 'virtual' | undefined;
  /** Whether polling moves a virtual clock. Default true; with false only `advance` moves it. */
  autoAdvance?: boolean | undefined;
  /**
   * Returns the time in milliseconds since 1970. Default `() => Date.now()`. With a virtual clock it is called once, for the
   * start of the clock; default 2026-01-01T00:00:00Z.
   */
  now?: (() => number) | undefined;
  /** Fault rules: which requests fail, and how. Default none. */
  faults?: EmulatorFaultRule[] | undefined;
  /** The account's quotas: how many sessions it can create, and how often it can list activities. Default unlimited. */
  quota?: EmulatorQuota | undefined;
  /**
   * Limits of the emulator's memory, which are not limits of the service. A create or a message beyond them is rejected with
   * 400 INVALID_ARGUMENT and an explanation; its `fault` in {@link Emulator.requests} is `limits`. Default unlimited; over
   * HTTP 1000 sessions and 64 MiB.
   */
  limits?: EmulatorLimits | undefined;
}

/** Limits of an emulator's memory. Deleting a session makes room. */
export interface EmulatorLimits {
  /** The largest number of sessions. */
  sessions?: number;
  /** The approximate size in bytes of all sessions with their activities. */
  bytes?: number;
}

/**
 * The account's quotas. A request beyond them is rejected; its `fault` in {@link Emulator.requests} is `quota`.
 *
 * @example
 * ```ts
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * // The free plan, with the only known request quota of the service.
 * const { fetch, baseUrl, apiKey } = await createEmulator({ quota: { daily: 15, concurrent: 3, activityListsPerMinute: 120 } });
 * const headers = { 'x-goog-api-key': apiKey };
 * const created = await fetch(`${baseUrl}/sessions`, { method: 'POST', headers, body: '{"prompt":"Write hello.ts"}' });
 * const { name } = await created.json();
 * for (let list = 0; list < 120; list++) await fetch(`${baseUrl}/${name}/activities`, { headers });
 * console.log((await fetch(`${baseUrl}/${name}/activities`, { headers })).status); // 429
 * ```
 */
export interface EmulatorQuota {
  /** How many sessions can be created within 24 hours of the emulator's clock, including failed and deleted ones. */
  daily?: number;
  /** How many sessions can run concurrently. Ended and paused ones do not count. */
  concurrent?: number;
  /**
   * The error of a create beyond the quota. Which form the service uses is unknown: users reported a 400 without details at
   * the limit of concurrent sessions, and a 429 at the limit of a day.
   *
   * - `rateLimit` (the default): 429 RESOURCE_EXHAUSTED with an ErrorInfo, as from Google's other services. Its metadata name
   *   the quota (`quota_limit`: `CreateSessionRequestsPerDayPerProject` or `ConcurrentSessionsPerProject`; the service's
   *   own names are unknown), its unit (`quota_unit`) and its value. If both are used up, it names the daily one.
   * - `quotaFailure`: 429 with a QuotaFailure that names the quota (`quotaId`) and its value.
   * - `bareRateLimit`: 429 without details, as users reported.
   * - `failedPrecondition`: 400 FAILED_PRECONDITION without details, as users reported.
   */
  failure?: 'rateLimit' | 'quotaFailure' | 'bareRateLimit' | 'failedPrecondition';
  /**
   * How many pages of activities can be listed within any 60 seconds of the emulator's clock, of all sessions together;
   * rejected requests do not count. Beyond it: 429 RESOURCE_EXHAUSTED with an ErrorInfo of the reason `RATE_LIMIT_EXCEEDED`
   * and the quota `ListActivitiesRequestsPerMinutePerProject`, without `Retry-After`. The service's limit is 120, known from
   * such an error. Default unlimited: a test on a virtual clock passes hours, and hundreds of lists, in no time. There the
   * rejection moves the clock to when the next list is allowed; the client itself waits for some seconds of real time.
   */
  activityListsPerMinute?: number;
}

/** A request that an emulator has handled. */
export interface EmulatorRequest {
  /** The HTTP method. */
  method: string;
  /** The whole URL, without an API key in its query. */
  url: string;
  /** The status of the response; 0 if none arrived. */
  status: number;
  /** When it was handled, by the emulator's clock, in RFC 3339. */
  at: string;
  /** The member that names the fault which the request met, `quota` or `limits`. Missing without a fault. */
  fault?: string;
}

/** The state of a session. */
export interface EmulatorSession {
  /** Its id. */
  id: string;
  /** The service's name of its state, such as `IN_PROGRESS`. */
  state: string;
  /** Its prompt. */
  prompt: string;
  /** Its title. */
  title: string;
  /** The source id of its repository, such as `github/owner/repo`. Missing without a repository. */
  repository?: string;
  /** When it was created, in RFC 3339. */
  createTime: string;
  /** Whether it is archived. */
  archived: boolean;
  /** The user's messages, oldest first. */
  messages: string[];
  /** The kinds of its activities, oldest first: `planGenerated`, `planApproved`, `userMessaged` and so on. */
  events: string[];
}

/**
 * The service in process.
 *
 * @example
 * ```ts
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const emulator = await createEmulator({ clock: 'virtual' });
 * await emulator.fetch(`${emulator.baseUrl}/sources`, { headers: { 'x-goog-api-key': emulator.apiKey } });
 * emulator.advance(60_000);
 * console.log(emulator.now, emulator.requests.map(({ url, status }) => `${url} ${status}`), emulator.sessions());
 * ```
 */
export interface Emulator {
  /** Responds like the service, for any client that accepts a `fetch`. The origin of the URL is ignored. */
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** `https://jules.googleapis.com/v1alpha`. */
  readonly baseUrl: string;
  /**
   * A key that the emulator accepts: another one for each emulator, since clients with the same key and base URL share what they
   * have created.
   */
  readonly apiKey: string;
  /**
   * The last 10,000 requests, oldest first. It may be emptied. Not enumerable, like the members below, so that an emulator
   * can be spread into a client's options.
   */
  readonly requests: EmulatorRequest[];
  /** The emulator's time, in milliseconds since 1970. */
  readonly now: number;
  /**
   * Moves a virtual clock forward. Due steps take effect at the next request, and delayed responses that are due arrive.
   *
   * @throws Error if the clock is real
   * @throws TypeError if `ms` is not a whole number of milliseconds, 0 or more
   */
  advance(ms: number): void;
  /** Returns the state of all sessions, in the order of their creation, without a request. Deleted ones are omitted. */
  sessions(): EmulatorSession[];
}

/**
 * Creates an emulator. The first call loads the emulator's WebAssembly. Nothing runs in the background: due steps take effect
 * at the next request.
 *
 * Rejects with a `TypeError` if an option is unknown or has an invalid value; the message names it. Rejects with a `JulesLoadError`
 * if the WebAssembly cannot be loaded, or where `Request` or `Response` is not defined, as in Jest's environment jsdom; the message
 * names the environment that has them.
 *
 * @example
 * ```ts
 * import { connect } from 'jules-wasm';
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const emulator = await createEmulator({ stepMs: 1 });
 * const jules = connect({ ...emulator, config: { pollingIntervalMs: 5 } });
 * const session = await jules.session({ prompt: 'Write hello.ts [emulator: question]', requireApproval: false });
 * console.log((await session.waitFor('awaitingUserFeedback')).state, emulator.requests.length);
 * ```
 */
export declare function createEmulator(options?: EmulatorOptions): Promise<Emulator>;
