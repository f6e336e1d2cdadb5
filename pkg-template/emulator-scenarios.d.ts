/** Scripts and scenarios: what the emulated agent does. */

/**
 * The built-in scenarios.
 *
 * | name | script |
 * |---|---|
 * | `default` | a plan, progress with changes and a screenshot, completion with outputs |
 * | `question` | as `default`, with a question that waits for the user's message |
 * | `revise` | as `default`; a message while the plan waits for approval is answered, and a plan with another id replaces it |
 * | `one-answer` | as `question`; messages within one step time of each other share one answer |
 * | `fail` | a command fails, then the session, with a reason |
 * | `no-outputs` | a plan, then completion without outputs |
 * | `revive` | as `default`; three step times later the session continues and completes again |
 * | `pause` | pauses until the user sends a message |
 * | `stall` | stays in progress without activities, and never ends |
 * | `future` | a state, an activity, an artifact and an output that are unknown to clients |
 * | `quota`, `precondition`, `forbidden`, `internal`, `unavailable` | the create is rejected with 429, 400, 403, 500, 503 |
 * | `precondition-created` | the create is rejected with 400, although the session is created |
 *
 * Custom scenarios can use the parts `opening`, `first-changes`, `more-changes` and `ending`.
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

/** The content of a file before and after: new without `before`, deleted without `after`, renamed with `from`. */
export interface ScenarioFile {
  /** Its path after the change. */
  path: string;
  /** Its path before, if it was renamed. */
  from?: string;
  /** Its content before. Without a repository, files with it are ignored. */
  before?: string;
  /** Its content after. A renamed file without it is unchanged. */
  after?: string;
}

/** Progress of the agent, with artifacts. Every member is optional. */
export interface ScenarioProgress {
  /** A short title. Default none; with `bash` the service's own `Ran bash command`. */
  title?: string;
  /** A description. Default none. */
  description?: string;
  /** A command that the agent ran. */
  bash?: {
    /** The command. */
    command: string;
    /** What it printed. Default: nothing. */
    output?: string;
    /** Its exit code. Default 0. */
    exitCode?: number;
  };
  /** Whether it has a screenshot (a real PNG). Default false. */
  screenshot?: boolean;
  /** The files that changed since the last step. The change set of the activity contains all changes so far. */
  files?: ScenarioFile[];
  /** The commit message of all changes from now on. Default: the task. */
  commit?: string;
}

/** A step of a plan in a script. */
export interface ScenarioPlanStep {
  /** A headline. */
  title: string;
  /** Details. Default none. */
  description?: string;
}

/**
 * One action of the agent: an object with one of these members.
 *
 * @example
 * ```ts
 * import { createEmulator, type ScenarioStep } from 'jules-wasm/emulator';
 *
 * const review: ScenarioStep[] = [
 *   { state: 'PLANNING' },
 *   { plan: [{ title: 'Read the code' }, { title: 'Write the review' }] },
 *   { progress: { title: 'Reading', files: [{ path: 'REVIEW.md', after: 'All is well.\n' }] }, after: 5 },
 *   { ask: 'Shall I fix it, too?' },
 *   { complete: {} },
 * ];
 * await createEmulator({ scenarios: { review }, scenario: 'review' });
 * ```
 */
export type ScenarioAction =
  | {
      /** Sets the session's state, such as `PLANNING`; any text is accepted. */
      state: string;
    }
  | {
      /** Generates a plan. It waits for approval if the session requires it; otherwise it is approved one step time later. */
      plan: ScenarioPlanStep[];
    }
  | {
      /** Reports progress. */
      progress: ScenarioProgress;
    }
  | {
      /** Sends a message to the user. */
      say: string;
    }
  | {
      /** Sends a message and waits for the user's message. */
      ask: string;
    }
  | {
      /** Pauses until the user sends a message. */
      pause: Record<string, never>;
    }
  | {
      /** Completes. */
      complete: {
        /** Whether the changes become outputs of the session. Default true. */
        outputs?: boolean;
      };
    }
  | {
      /** Fails with this reason. */
      fail: string;
    }
  | {
      /** Adds an activity with these fields; name, id and time are added to them. */
      activity: Record<string, unknown>;
    }
  | {
      /** Overrides fields of the session. */
      session: Record<string, unknown>;
    }
  | {
      /**
       * Sets how the following messages are answered. `each` (the default): one answer for each message, one step time after it,
       * in order. `together`: one answer for all unanswered messages, one step time after the last of them. How the service's
       * agent answers is unknown.
       */
      answers: 'each' | 'together';
    }
  | {
      /**
       * Sets how a plan is revised: after a message while a plan waits for approval, the agent answers and generates a plan with
       * these steps and another id. The session continues to wait, and an approval approves the latest plan. If the first plan
       * was approved before the answer, the revised one runs without another approval.
       */
      revise: ScenarioPlanStep[];
    }
  | {
      /** The create is rejected. */
      refuse: {
        /** The RPC status, such as `RESOURCE_EXHAUSTED`. */
        status: string;
        /** Whether the session is created nevertheless. Default false. */
        created?: boolean;
      };
    };

/**
 * A step of a script: an action with its delay, or the name of a scenario whose steps are inserted.
 *
 * Texts may contain `{task}` (the prompt's first line, without directives), `{title}`, `{repo}` and `{message}` (the
 * user's last message).
 */
export type ScenarioStep =
  | BuiltInScenario
  | (string & {})
  | (ScenarioAction & {
      /** The delay after the previous step, in step times. Default 1. */
      after?: number;
    });
