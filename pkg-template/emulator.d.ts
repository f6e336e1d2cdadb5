/**
 * An emulator of the Jules service, for tests, demos and work without a network: the twelve operations of its API,
 * strict where the service is strict. What its agent does is a script; the same seed and the same requests at the same
 * times give the same answers, to the byte.
 *
 * @packageDocumentation
 */

import type { EmulatorFaultRule } from './emulator-faults.js';
import type { BuiltInScenario, ScenarioStep } from './emulator-scenarios.js';

export type { EmulatorFault, EmulatorFaultRule } from './emulator-faults.js';
export type { BuiltInScenario, ScenarioAction, ScenarioFile, ScenarioProgress, ScenarioStep } from './emulator-scenarios.js';

/** A connected repository. */
export interface EmulatorSource {
  /** The account that it belongs to. */
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

/** How an emulator is to behave. An unknown option is a `TypeError` that names it. */
export interface EmulatorOptions {
  /** The whole number, 0 or more, from which all ids follow. Default 1. */
  seed?: number | undefined;
  /** The one right key. Default: any key that is not empty is right. */
  apiKey?: string | undefined;
  /**
   * Milliseconds between two steps of a script. Default 1000. With 0, whatever need not wait for the user has happened
   * at the first request after the one that creates the session.
   */
  stepMs?: number | undefined;
  /**
   * The scenario of sessions whose prompt picks none with `[emulator: name]`. Several names, divided by commas, are
   * played one after the other: one plan, and only the last one's ending. Default `default`.
   */
  scenario?: BuiltInScenario | (string & {}) | undefined;
  /**
   * Scenarios of your own by name; one of a built-in name takes its place.
   *
   * @example
   * ```ts
   * import { createEmulator } from 'jules-wasm/emulator';
   *
   * createEmulator({ scenarios: { hello: ['opening', { say: 'Hello, {repo}!' }, { after: 3, complete: {} }] } });
   * ```
   */
  scenarios?: Record<string, ScenarioStep[]> | undefined;
  /** The connected repositories, in the order in which they are listed. Default: three of the owner `bobalover`. */
  sources?: EmulatorSource[] | undefined;
  /** Whether any other GitHub repository counts as connected too, with any branch. Default true. */
  anyRepository?: boolean | undefined;
  /** Whether the query parameter `fields` is taken. Default true; false refuses it with status 400. */
  partialResponses?: boolean | undefined;
  /**
   * With `real`, the default, time passes by `now`. With `virtual` it stands still, except that
   *
   * - whoever waits lets it pass: a request that looks once more (at a session, at its activities, at the list of sessions)
   *   and would find what it found before moves the clock to when something happens, and finds that. A wait for a state
   *   goes from state to state, a stream from activity to activity, however long each takes; with
   *   `config.pollingIntervalMs: 1` hours go by in milliseconds. While a session waits for its user, nothing moves.
   * - {@link Emulator.advance} lets it pass.
   *
   * Only the emulator's time is virtual. The client's own (`timeoutMs`, its waits between two looks or attempts) is the
   * runtime's, so keep `pollingIntervalMs` and `rateLimitRetry.baseDelayMs` at 1 in tests, or use fake timers. And it reads
   * the service's clock anew only every half minute of its own, so test a stall with `wait({ stallMs: 20 })`, or with a client
   * that has asked for nothing before {@link Emulator.advance}.
   */
  clock?: 'real' | 'virtual' | undefined;
  /** Whether a virtual clock moves for those who wait. Default true; with false only `advance` moves it. */
  autoAdvance?: boolean | undefined;
  /**
   * The time, in milliseconds since 1970. Default `() => Date.now()`. Of a virtual clock it is the start and asked for
   * once; default 2026-01-01T00:00:00Z.
   */
  now?: (() => number) | undefined;
  /** Which requests go wrong, and how. Default none. */
  faults?: EmulatorFaultRule[] | undefined;
  /** How many sessions the account can create, and how often it can list activities. Default any number. */
  quota?: EmulatorQuota | undefined;
  /**
   * How much the emulator keeps: no limit of the service's, but one of the machine's. A create or a message beyond it is
   * refused with 400 INVALID_ARGUMENT and a sentence; its fault in the log is `limits`. Default any amount; over HTTP 1000
   * sessions and 64 MiB.
   */
  limits?: EmulatorLimits | undefined;
}

/** How much an emulator keeps. Deleting a session makes room. */
export interface EmulatorLimits {
  /** How many sessions there can be. */
  sessions?: number;
  /** How many bytes all sessions can take together with their activities, roughly. */
  bytes?: number;
}

/**
 * What the account's plan allows. What is too many is refused; in {@link Emulator.requests} such an answer has the fault
 * `quota`.
 *
 * @example
 * ```ts
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * // The free plan, with the one limit of requests that is known of the service.
 * const { fetch, baseUrl, apiKey } = createEmulator({ quota: { daily: 15, concurrent: 3, activityListsPerMinute: 120 } });
 * const headers = { 'x-goog-api-key': apiKey };
 * const created = await fetch(`${baseUrl}/sessions`, { method: 'POST', headers, body: '{"prompt":"Write hello.ts"}' });
 * const { name } = await created.json();
 * for (let list = 0; list < 120; list++) await fetch(`${baseUrl}/${name}/activities`, { headers });
 * console.log((await fetch(`${baseUrl}/${name}/activities`, { headers })).status); // 429
 * ```
 */
export interface EmulatorQuota {
  /** How many sessions can be made within 24 hours of the emulator's clock, failed and deleted ones included. */
  daily?: number;
  /** How many can run at one time. Ended and paused ones do not count. */
  concurrent?: number;
  /**
   * How a create is refused that is one too many. Which form the service uses is unknown: a bare 400 was reported of an
   * account at its limit of concurrent sessions, a 429 of one that had used up its day.
   *
   * - `rateLimit` (the default): 429 RESOURCE_EXHAUSTED with an ErrorInfo, as Google's services answer. Its metadata name
   *   the quota (`quota_limit`: `CreateSessionRequestsPerDayPerProject` or `ConcurrentSessionsPerProject`; the service's
   *   own names are unknown), its span (`quota_unit`) and its value. If both are used up, that of the day is named.
   * - `quotaFailure`: 429 with a QuotaFailure that names the quota (`quotaId`) and its value.
   * - `bareRateLimit`: 429 without details, as is reported of the service.
   * - `failedPrecondition`: 400 FAILED_PRECONDITION without details, as is reported of the service.
   */
  failure?: 'rateLimit' | 'quotaFailure' | 'bareRateLimit' | 'failedPrecondition';
  /**
   * How many pages of activities can be listed within any 60 seconds of the emulator's clock, of all sessions together; a
   * refused request does not count. Beyond it: 429 RESOURCE_EXHAUSTED with an ErrorInfo of the reason
   * `RATE_LIMIT_EXCEEDED` and the quota `ListActivitiesRequestsPerMinutePerProject`, without `Retry-After`. The service's
   * limit is 120, known from such a refusal. Default any number: a test on a virtual clock passes hours, and so many
   * lists, in no time. There a refusal moves the clock to when a list is possible again; the client itself waits for some
   * seconds of the runtime's clock.
   */
  activityListsPerMinute?: number;
}

/** A request that an emulator has answered. */
export interface EmulatorRequest {
  /** The HTTP method. */
  method: string;
  /** The whole URL; a key in its query is left out. */
  url: string;
  /** The status of the answer; 0 if none arrived. */
  status: number;
  /** When it was answered, by the emulator's clock, in RFC 3339. */
  at: string;
  /** The member of `fault` by which it went wrong, `quota` or `limits`. Missing if nothing did. */
  fault?: string;
}

/** How a session stands. */
export interface EmulatorSession {
  /** Its id. */
  id: string;
  /** The service's word, such as `IN_PROGRESS`. */
  state: string;
  /** What it was made with. */
  prompt: string;
  /** Its title. */
  title: string;
  /** Such as `github/owner/repo`. Missing without a repository. */
  repository?: string;
  /** When it was made, in RFC 3339. */
  createTime: string;
  /** Whether it is archived. */
  archived: boolean;
  /** The messages that it got, oldest first. */
  messages: string[];
  /** What has happened, oldest first: `planGenerated`, `planApproved`, `userMessaged` and so on. */
  events: string[];
}

/** The service in process. */
export interface Emulator {
  /** Answers like the service; for any client that takes a `fetch`. The origin of the URL does not matter. */
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** `https://jules.googleapis.com/v1alpha`. */
  readonly baseUrl: string;
  /** A key that the emulator accepts. */
  readonly apiKey: string;
  /**
   * What has been asked so far, oldest first: the last 10,000 requests. It may be emptied. Not enumerable, like all that
   * follows: an emulator can be spread into a client's options.
   */
  readonly requests: EmulatorRequest[];
  /** The emulator's time, in milliseconds since 1970. */
  readonly now: number;
  /**
   * Moves a virtual clock on. Sends nothing; what has become due is there at the next request, and late answers that have
   * become due come.
   *
   * @throws Error if the clock is real
   * @throws TypeError if `ms` is not a whole number of milliseconds, 0 or more
   */
  advance(ms: number): void;
  /** How all sessions stand now, in the order of their creation, without a request. Deleted ones are not there. */
  sessions(): EmulatorSession[];
}

/**
 * Makes an emulator. Nothing runs in the background: what is due happens at the next request.
 *
 * @throws TypeError if an option is unknown or has a value that cannot be used; the message names it.
 *
 * @example
 * ```ts
 * import { connect } from 'jules-wasm';
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const emulator = createEmulator({ stepMs: 1 });
 * const jules = connect({ ...emulator, config: { pollingIntervalMs: 5 } });
 * const session = await jules.session({ prompt: 'Write hello.ts [emulator: question]', requireApproval: false });
 * console.log((await session.waitFor('awaitingUserFeedback')).state, emulator.requests.length);
 * ```
 */
export declare function createEmulator(options?: EmulatorOptions): Emulator;
