/** What the emulated agent does. */

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
