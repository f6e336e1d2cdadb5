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
  seed?: number;
  /** The one right key. Default: any key that is not empty is right. */
  apiKey?: string;
  /**
   * Milliseconds between two steps of a script. Default 1000. With 0, whatever need not wait for the user has happened
   * at the first request after the one that creates the session.
   */
  stepMs?: number;
  /**
   * The scenario of sessions whose prompt picks none with `[emulator: name]`. Several names, divided by commas, are
   * played one after the other: one plan, and only the last one's ending. Default `default`.
   */
  scenario?: BuiltInScenario | (string & {});
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
  scenarios?: Record<string, ScenarioStep[]>;
  /** The connected repositories, in the order in which they are listed. Default: three of the owner `bobalover`. */
  sources?: EmulatorSource[];
  /** Whether any other GitHub repository counts as connected too, with any branch. Default true. */
  anyRepository?: boolean;
  /** Whether the query parameter `fields` is taken. Default true; false refuses it with status 400. */
  partialResponses?: boolean;
  /** The clock, in milliseconds since 1970. Default `() => Date.now()`. */
  now?: () => number;
}

/** A request that an emulator has answered. */
export interface EmulatorRequest {
  /** The HTTP method. */
  method: string;
  /** The whole URL; a key in its query is left out. */
  url: string;
  /** The status of the answer. */
  status: number;
}

/** The service in process. */
export interface Emulator {
  /** Answers like the service; for any client that takes a `fetch`. The origin of the URL does not matter. */
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** `https://jules.googleapis.com/v1alpha`. */
  readonly baseUrl: string;
  /** A key that the emulator accepts. */
  readonly apiKey: string;
  /** What has been answered so far, oldest first. It may be emptied. Not enumerable: an emulator can be spread into a client's options. */
  readonly requests: EmulatorRequest[];
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
