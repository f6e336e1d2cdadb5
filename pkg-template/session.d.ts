import type { JulesError } from './errors.js';
import type {
  Activity,
  ActivityAgentMessaged,
  ChangeSetArtifact,
  GeneratedFile,
  LightActivity,
  Output,
  PullRequest,
  SessionResource,
  SessionState,
} from './model.js';
import type {
  ActivityStream,
  CallOptions,
  InfoOptions,
  PageOptions,
  ResultOptions,
  StreamOptions,
  WaitOptions,
  WaitResult,
} from './options.js';

/**
 * What a session is to be.
 *
 * @example
 * ```ts
 * import type { SessionConfig } from 'jules-wasm';
 *
 * const config: SessionConfig = {
 *   prompt: 'Fix the linting errors in src/utils.ts',
 *   source: { github: 'owner/repo', baseBranch: 'main' },
 *   title: 'Lint',
 * };
 * console.log(config.title);
 * ```
 */
export interface SessionConfig {
  /** What the agent is to do. Must hold more than white space. */
  prompt: string;
  /** The repository to work on. Left out: a repoless session, in an empty folder of a virtual machine. */
  source?: SourceInput | undefined;
  /** A title. Default: the service makes one of the prompt. */
  title?: string | undefined;
  /** Whether the plan waits for `approve()`. Default: `true` for `jules.session`, `false` for `jules.run` and `jules.all`. */
  requireApproval?: boolean | undefined;
  /** Whether a pull request is opened when there is a change. Default `true`. Without effect on repoless sessions. */
  autoPr?: boolean | undefined;
}

/** The repository that a session works on. The service knows it once the Jules app is installed on it (in the web app). */
export interface SourceInput {
  /** `owner/repo`. */
  github: string;
  /** The branch to start from; its newest commit at the creation of the session is the base. */
  baseBranch: string;
  /** The branch to push to. Default: one that the agent names. From the service's discovery document; on no web page. */
  workingBranch?: string | undefined;
  /** Whether the agent gets the repository's environment variables. Default: as the service likes. From the discovery document. */
  environmentVariablesEnabled?: boolean | undefined;
}

/** What a session has come to. Plain data; its two methods are on the prototype. */
export interface SessionOutcome {
  /** The session's id. */
  readonly sessionId: string;
  /** The session's title. */
  readonly title: string;
  /** Whether it was completed or failed. */
  readonly state: 'completed' | 'failed';
  /** Where the session can be seen in a browser. */
  readonly url: string;
  /** Why it failed, in the words of its last `sessionFailed` activity; the session itself does not say. */
  readonly failureReason?: string;
  /** The first pull request among the outputs. */
  readonly pullRequest?: PullRequest;
  /** All outputs. Often empty, even on completed sessions. */
  readonly outputs: Output[];
  /** All change sets among the outputs; if there are none, the last one of the activities, which holds those before it. */
  readonly changeSets: ChangeSetArtifact[];
  /**
   * What could not be read of the session's activities within `maxRetryTimeMs`, and why. Left out if nothing is missing; the
   * rest of the outcome is as the service has it in any case.
   */
  readonly incomplete?: IncompletePart[];
  /**
   * The first change set, or `undefined` if nothing was changed.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * const outcome = await run.result();
   * console.log(outcome.changeSet()?.gitPatch.suggestedCommitMessage);
   * ```
   */
  changeSet(): ChangeSetArtifact | undefined;
  /**
   * The files of all change sets.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * const files = (await run.result()).generatedFiles();
   * for (const file of files) console.log(file.path, `+${file.additions}`, `-${file.deletions}`);
   * ```
   */
  generatedFiles(): GeneratedFiles;
}

/** A part of an outcome that could not be read. The same activities can be read later, by `history()` or `activities.get()`. */
export interface IncompletePart {
  /** `changeSet`: there is none, or it is without its patch; `failureReason`: it is not known why the session failed. */
  readonly what: 'changeSet' | 'failureReason';
  /** Why it could not be read. */
  readonly error: JulesError;
}

/** The official SDK's name of {@link SessionOutcome}. */
export type Outcome = SessionOutcome;

/**
 * The files that change sets leave behind; of a path that occurs twice, the later one. Plain data: to JSON, `structuredClone`
 * and comparisons an array of them.
 */
export interface GeneratedFiles extends Iterable<GeneratedFile> {
  /** How many there are. */
  readonly size: number;
  /** All files, in the order of the patch. */
  all(): GeneratedFile[];
  /** The file at this path after the change. */
  get(path: string): GeneratedFile | undefined;
  /** The files that were changed in this way. */
  filter(changeType: GeneratedFile['changeType']): GeneratedFile[];
}

/**
 * One session. It holds no connection and no timer; the service has the state. Every method asks the service.
 *
 * All methods reject with a {@link JulesApiError} (or one of its kinds) when the service refuses, a
 * {@link JulesNetworkError} when it cannot be reached, a {@link MissingApiKeyError} without a key, a
 * {@link TimeoutError} after `timeoutMs`, an {@link AbortError} when `signal` is aborted, and an
 * {@link InvalidArgumentError} for arguments that cannot be right.
 */
export interface SessionClient {
  /** The session's id: decimal, some 20 digits, so it stays text. */
  readonly id: string;

  /**
   * The session as the service has it now, with all its activities. The first call downloads them all, later ones of
   * the same object only what is new. What it gives is the caller's: later calls give their own. Works on failed sessions too.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const session = await jules.session({ prompt: 'Write hello.ts' });
   * await session.waitFor('awaitingPlanApproval');
   * const info = await session.info();
   * console.log(info.state, info.activities?.findLast((a) => a.type === 'planGenerated')?.plan.steps);
   * ```
   */
  info(options?: InfoOptions): Promise<SessionResource>;

  /**
   * Waits until the session is in `state`, or has ended: look at the `state` of what it resolves with. It is looked at
   * every `config.pollingIntervalMs` (default 5000 ms), together with all others that this client watches. A state that
   * lasts for less than that can be missed.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const session = await jules.session({ prompt: 'Write hello.ts' });
   * const { state } = await session.waitFor('awaitingPlanApproval', { timeoutMs: 600_000 });
   * if (state === 'awaitingPlanApproval') await session.approve();
   * ```
   */
  waitFor(state: SessionState, options?: CallOptions): Promise<SessionResource>;

  /**
   * Waits until the session has ended, and tells what it came to. A session that failed is an outcome with `state:
   * 'failed'`; with `throwOnFailure` it rejects with an {@link AutomatedSessionFailedError}. Waits for as long as the
   * session takes, also for an approval or an answer that nobody gives: set `timeoutMs`, or watch with `onUpdate`.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * const outcome = await run.result({ timeoutMs: 3_600_000, onUpdate: (session) => console.log(session.state) });
   * if (outcome.state === 'failed') console.log(outcome.failureReason);
   * ```
   */
  result(options?: ResultOptions): Promise<SessionOutcome>;

  /**
   * Waits until the session needs somebody, has ended, or is stuck, and tells which (`reason`): the state is one of
   * `until`, it was completed or failed, its plan waits for an approval, the agent waits for an answer, it is paused, it
   * is in a state that this version does not know, or nothing was heard of the agent for `stallMs`. The session stays as
   * it is: wait again, or do what it needs.
   *
   * With `needsApproval` comes the `plan`, with `needsReply` the `question`. What was answered (by `send` or `approve`, from
   * here or, as far as the activities show it, from elsewhere) is not reported again before the agent has written another plan
   * or message, or has been silent for the stall time. For a moment after a message from here no end counts, since that may
   * revive the session.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const session = await jules.session({ prompt: 'Write hello.ts' });
   * for (let done = false; !done; ) {
   *   const waited = await session.wait({ timeoutMs: 3_600_000 });
   *   if (waited.reason === 'needsApproval') {
   *     console.log(waited.plan?.steps.map(({ title }) => title));
   *     await session.approve(); // or send() what is to be different: the next wait ends with the next plan
   *   } else if (waited.reason === 'needsReply') {
   *     console.log(waited.question);
   *     await session.send('Do as you think best.');
   *   } else {
   *     done = true; // completed, failed, paused, stalled, unknownState
   *   }
   * }
   * ```
   */
  wait(options?: WaitOptions): Promise<WaitResult>;

  /**
   * The activities of the session: those that are there, then those that come, each once. Those of one page are in the
   * order of time; one that becomes visible up to a minute after a newer one is given within another minute. Ends when the
   * session has ended and everything was given; `break` ends it at once and leaves nothing behind.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * for await (const activity of run.stream()) {
   *   if (activity.type === 'progressUpdated') console.log(activity.title);
   *   if (activity.type === 'agentMessaged') console.log(activity.message);
   * }
   * ```
   */
  stream(options: StreamOptions & { artifacts: false }): ActivityStream<LightActivity>;
  stream(options?: StreamOptions): ActivityStream;

  /**
   * The activities so far, each once, in order; ends with the last of them. As all streams it is read page by page.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * await run.result();
   * for await (const activity of run.history()) console.log(activity.type);
   * ```
   */
  history(options: StreamOptions & { artifacts: false }): ActivityStream<LightActivity>;
  history(options?: StreamOptions): ActivityStream;

  /**
   * The activities that come from then on when the first is asked for (the loop begins, not this call), without those so far.
   * Ends with the session, as `stream()` does.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * for await (const activity of run.updates()) console.log(activity.type);
   * ```
   */
  updates(options: StreamOptions & { artifacts: false }): ActivityStream<LightActivity>;
  updates(options?: StreamOptions): ActivityStream;

  /**
   * Approves the plan that waits for it. The service accepts this, without effect, when none does.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const session = await jules.session({ prompt: 'Write hello.ts' });
   * await session.waitFor('awaitingPlanApproval');
   * await session.approve();
   * ```
   */
  approve(options?: CallOptions): Promise<void>;

  /**
   * Sends a message to the agent, without waiting for an answer. It is sent once: if the answer is lost, it is looked for
   * among the activities before it is repeated. Rejects with a {@link JulesUnknownOutcomeError} if that does not tell.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const session = await jules.session({ prompt: 'Write hello.ts' });
   * await session.send('Make sure to add unit tests.');
   * ```
   */
  send(prompt: string, options?: CallOptions): Promise<void>;

  /**
   * Sends a message and waits for the agent's answer: its first message after ours, in the service's order. Where messages
   * before ours have no answer yet (a `send` right before), the first messages after ours may be the answers to those: as many
   * are taken for that, and the answer is the next one, or the last one once no other has followed for two intervals, at least
   * 5 seconds. All of them are in the stream. Rejects with an {@link InvalidStateError} if the session ends first, or stands still: paused for 15 minutes, or for one with a
   * plan that it has made after the message and that waits for an approval. The message was sent then.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const session = await jules.session({ prompt: 'Write hello.ts' });
   * const reply = await session.ask('What testing framework are you using?', { timeoutMs: 600_000 });
   * console.log(reply.message);
   * ```
   */
  ask(prompt: string, options?: CallOptions): Promise<ActivityAgentMessaged>;

  /** The activities one page, or one, at a time. */
  readonly activities: ActivityClient;

  /** Takes the session out of the ordinary list. A running session is paused by it (seen on the service). */
  archive(options?: CallOptions): Promise<void>;

  /** Puts the session back into the ordinary list. */
  unarchive(options?: CallOptions): Promise<void>;

  /**
   * Deletes the session. One that is not there is as good as deleted; but one that this client made within the last minute is
   * taken to be on its way (the service may not show it at once), and is asked for until it is there or the minute is over.
   */
  delete(options?: CallOptions): Promise<void>;
}

/** A session made by `jules.run` or `jules.all`: the same as any other. */
export type AutomatedSession = SessionClient;

/** A session's activities, one page or one at a time. */
export interface ActivityClient {
  /**
   * One page, oldest first: 50 by default, 100 at most.
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
  list(options?: PageOptions): Promise<{ activities: Activity[]; nextPageToken?: string }>;

  /** One activity by its id, or its resource name. */
  get(id: string, options?: CallOptions): Promise<Activity>;

  /** As {@link SessionClient.stream}. */
  stream: SessionClient['stream'];

  /** As {@link SessionClient.history}. */
  history: SessionClient['history'];

  /** As {@link SessionClient.updates}. */
  updates: SessionClient['updates'];
}
