/**
 * An emulator of the Jules service, for tests, demos and work without a network: the twelve operations of its API,
 * strict where the service is strict. What its agent does is a script; the same seed and the same requests at the same
 * times give the same answers, to the byte.
 *
 * @packageDocumentation
 */

/**
 * The scenarios that are there without any option.
 *
 * | name | what happens |
 * |---|---|
 * | `default` | a plan, work with changes and a screenshot, completion with outputs |
 * | `question` | as `default`, with a question that waits for an answer |
 * | `revise` | as `default`; a message that comes while the plan waits for approval is answered, and a revised plan with another id takes its place |
 * | `one-answer` | as `question`; messages within one step of one another get one answer together |
 * | `fail` | a command fails, then the session, with a reason |
 * | `no-outputs` | a plan, then completion without outputs |
 * | `revive` | as `default`; three steps later the session works on and completes again |
 * | `pause` | stops in the middle until a message comes |
 * | `stall` | falls silent while in progress, and never ends |
 * | `future` | a state, an activity, an artifact and an output that no client knows yet |
 * | `quota`, `precondition`, `forbidden`, `internal`, `unavailable` | creating the session is refused with 429, 400, 403, 500, 503 |
 * | `precondition-created` | creating it is refused with 400, although the session was made |
 *
 * The parts `opening`, `first-changes`, `more-changes` and `ending` are there for scenarios of your own.
 */
export type BuiltInScenario =
  | 'default'
  | 'question'
  | 'revise'
  | 'one-answer'
  | 'fail'
  | 'no-outputs'
  | 'revive'
  | 'pause'
  | 'stall'
  | 'future'
  | 'quota'
  | 'precondition'
  | 'forbidden'
  | 'internal'
  | 'unavailable'
  | 'precondition-created'
  | 'opening'
  | 'first-changes'
  | 'more-changes'
  | 'ending';

/** A file before and after: new without `before`, deleted without `after`, renamed with `from`. */
export interface ScenarioFile {
  /** Its path after the change. */
  path: string;
  /** Its path before, if it was renamed. */
  from?: string;
  /** Its content before. Without a repository, only files without it count. */
  before?: string;
  /** Its content after. A renamed file without it is unchanged. */
  after?: string;
}

/** Progress of the agent, with what was made. Every member may be left out. */
export interface ScenarioProgress {
  /** A short title. Default none; with `bash` the service's own `Ran bash command`. */
  title?: string;
  /** More words. Default none. */
  description?: string;
  /** A command that was run. `exitCode` defaults to 0, `output` to nothing. */
  bash?: { command: string; output?: string; exitCode?: number };
  /** Whether a screenshot (a real PNG) comes with it. Default false. */
  picture?: boolean;
  /** What has changed since the last time. The change set that comes with the progress holds all changes so far. */
  files?: ScenarioFile[];
  /** The commit message of all changes from now on. Default: the task. */
  commit?: string;
}

/** What the agent does in one step: an object with one of these members. */
export type ScenarioAction =
  /** Sets the session's state, such as `PLANNING`; any text is taken. */
  | { state: string }
  /** Makes a plan. It waits for approval if the session was created so; else it is approved one step later. */
  | { plan: { title: string; description?: string }[] }
  /** Reports progress. */
  | { progress: ScenarioProgress }
  /** Says something. */
  | { say: string }
  /** Says something, and waits for the user's message. */
  | { ask: string }
  /** Pauses until a message comes. */
  | { pause: Record<string, never> }
  /** Completes. With `outputs: false` the changes do not become outputs of the session. */
  | { complete: { outputs?: boolean } }
  /** Fails, with this reason. */
  | { fail: string }
  /** Adds an activity as it stands; its name, id and time are set. */
  | { activity: Record<string, unknown> }
  /** Lays fields over the session as they stand. */
  | { session: Record<string, unknown> }
  /**
   * How messages are answered from now on. `each`, as from the beginning: each by an answer of its own, one step after it,
   * in their order. `together`: all that have none yet by one answer, one step after the last of them. How the service's
   * agent does it is unknown.
   */
  | { answers: 'each' | 'together' }
  /**
   * From now on a message that comes while a plan waits for approval revises it: with the answer comes a plan of these
   * steps and another id. The session goes on waiting, and an approval is one of the last plan. If the first plan was
   * approved before the answer, the revised one runs without another approval.
   */
  | { revise: { title: string; description?: string }[] }
  /** Creating the session is refused with this RPC status; with `created: true` it is made all the same. */
  | { refuse: { status: string; created?: boolean } };

/**
 * A step of a scenario: an action and when it is due, or the name of a scenario whose steps stand here.
 *
 * Texts may hold `{task}` (the prompt's first line, without directives), `{title}`, `{repo}` and `{message}` (the
 * user's last message).
 */
export type ScenarioStep =
  | BuiltInScenario
  | (string & {})
  | (ScenarioAction & {
      /** How many step times after the step before it. Default 1. */
      after?: number;
    });

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
   * lists, in no time.
   */
  activityListsPerMinute?: number;
}

/**
 * Which requests go wrong, and how. Rules are asked in their order; of several that would strike a request the first
 * does, and the others are kept for later ones.
 *
 * @example
 * ```ts
 * import { connect } from 'jules-wasm';
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const emulator = createEmulator({
 *   clock: 'virtual',
 *   faults: [
 *     { on: 'get', times: 2, fault: { status: 503, retryAfter: 0 } },
 *     { on: 'activities', probability: 0.1, fault: { reset: true } },
 *     { on: 'list', fault: { listLagMs: 5000 } },
 *   ],
 * });
 * const jules = connect({ ...emulator, config: { pollingIntervalMs: 1, rateLimitRetry: { baseDelayMs: 1 } } });
 * const run = await jules.run({ prompt: 'Write hello.ts' });
 * console.log((await run.result()).state, emulator.requests.filter(({ fault }) => fault).length);
 * ```
 */
export interface EmulatorFaultRule {
  /** The requests that it is about; `activities` and `sources` are lists and single ones. Default `any`. */
  on?: 'create' | 'get' | 'list' | 'send' | 'approve' | 'activities' | 'archive' | 'delete' | 'sources' | 'any';
  /** How many of them pass first. Default 0. */
  after?: number;
  /**
   * How many then go wrong. Default 1; `always` for what lasts (`notFoundFor`, `listLagMs`, `activityLagMs`,
   * `shuffledPages`, `emptyPages`, `maxPageSize`) and with `probability`.
   */
  times?: number | 'always';
  /** How likely each of them is to go wrong, 0 to 1; it follows from the seed. Default 1. */
  probability?: number;
  /** What goes wrong. */
  fault: EmulatorFault;
}

/**
 * Whether the request is carried out all the same. Default false: nothing was done. With it a refusal is no proof: the
 * session is created, the message sent, and then the answer says otherwise. Whether the service ever answers so with 429
 * or with `Retry-After` is unknown; with 400 FAILED_PRECONDITION it was seen to. What the service itself refuses (an
 * unknown field, a create beyond the quota) is not done in either case, and the fault's answer hides that.
 *
 * @example
 * ```ts
 * import { connect } from 'jules-wasm';
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const emulator = createEmulator({
 *   clock: 'virtual',
 *   faults: [{ on: 'create', fault: { status: 504, committed: true } }],
 * });
 * const jules = connect({ ...emulator, onUnknownOutcome: 'throw' });
 * const error = await jules.run({ prompt: 'Write hello.ts' }).catch((reason) => reason);
 * console.log(error.outcome, emulator.sessions().length);
 * ```
 */
interface Committable {
  committed?: boolean;
}

/** Milliseconds by which the answer is late. Default 0. On a virtual clock that moves by itself no time passes for that. */
interface Delayable {
  delayMs?: number;
}

/** What goes wrong: one of these. */
export type EmulatorFault =
  /**
   * An error of this HTTP status, 400 to 599, in the service's words. `retryAfter` is the header's value (seconds, or a
   * date), `retryInfo` the delay of a RetryInfo detail, such as `1.5s`. With `html` it is a page for people instead, as
   * of something in between; then `status` may be 200 too.
   */
  | (Committable & Delayable & { status: number; retryAfter?: number | string; retryInfo?: string; html?: boolean })
  /** The same with status 502 and a page for people. */
  | (Committable & Delayable & { html: true; retryAfter?: number | string })
  /** 400 FAILED_PRECONDITION, in the service's words. */
  | (Committable & Delayable & { failedPrecondition: true })
  /** The connection breaks: `fetch` rejects with a TypeError whose cause has the code ECONNRESET. */
  | (Committable & Delayable & { reset: true })
  /** There is no connection (ECONNREFUSED): the request was not sent. Over HTTP the connection is closed. */
  | (Delayable & { refuse: true })
  /** No answer, until the request's signal aborts. */
  | (Committable & { hang: true })
  /** Half of the body comes, then the connection breaks. */
  | (Committable & Delayable & { cutBody: true })
  /** Another address (302). */
  | (Delayable & { redirect: string })
  /** The right answer, late. */
  | { delayMs: number }
  /** A session is 404 to all that names it for its first milliseconds. */
  | { notFoundFor: number }
  /** New sessions (`on: 'list'`) and activities (`on: 'activities'`) are listed only that many milliseconds later. */
  | { listLagMs: number }
  /**
   * Each activity is listed only after a delay of its own, 0 to that many milliseconds, which follows from the seed: also
   * after newer ones, and after the session's state and `updateTime` have moved. For `on: 'activities'`. Whether the
   * service ever does so is unknown; a minute (60000) is what the client is made for.
   */
  | { activityLagMs: number }
  /** The activities of a page come in another order than that of their times. For `on: 'activities'`. */
  | { shuffledPages: true }
  /** The service's clock, its Date header and all its times are off: early if negative. Without other members in the rule. */
  | { skewMs: number }
  /** Before each page of a list comes an empty one with a token. */
  | { emptyPages: true }
  /** Pages hold no more than that, whatever is asked for. */
  | { maxPageSize: number };

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
  /** The member of `fault` by which it went wrong, or `quota`. Missing if nothing did. */
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
