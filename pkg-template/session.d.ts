import type { ActivityClient } from './activities.js';
import type { Activity, ActivityAgentMessaged, LightActivity, SessionInfo, SessionResource, SessionState } from './model.js';
import type {
  ActivityStream,
  CallOptions,
  InfoOptions,
  ResultOptions,
  StreamOptions,
  WaitOptions,
  WaitResult,
} from './options.js';
import type { SessionOutcome } from './outcome.js';
import type { SessionSnapshot } from './snapshot.js';
import type { JulesPromise } from './requests.js';

/**
 * The configuration of a session to create.
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
  /** The task for the agent. Must contain more than white space. */
  prompt: string;
  /** The repository to work on. Default: none. In a repoless session the agent works in an empty folder of a virtual machine. */
  source?: SourceInput | undefined;
  /** The title. Default: the service derives one from the prompt. */
  title?: string | undefined;
  /** Whether the plan needs `approve()`. Default: `true` in `jules.session`, `false` in `jules.run` and `jules.all`. */
  requireApproval?: boolean | undefined;
  /** Whether the service opens a pull request when the session has changed files. Default `true`. Ignored without `source`. */
  autoPr?: boolean | undefined;
}

/** The repository that a session works on. The Jules app must be installed on it, which is done in the Jules web app. */
export interface SourceInput {
  /** `owner/repo`. */
  github: string;
  /** The branch to start from. Its newest commit when the session is created is the base commit. */
  baseBranch: string;
  /**
   * The branch to push to. Default: a new branch, named by the agent. This field is in the service's discovery document but
   * not in its web documentation.
   */
  workingBranch?: string | undefined;
  /**
   * Whether the agent has access to the environment variables that the web app stores for the repository. Default: left to the
   * service. This field is in the service's discovery document but not in its web documentation.
   */
  environmentVariablesEnabled?: boolean | undefined;
}

/**
 * A handle of one session. It contains only the id: every method sends requests to the service, and nothing needs to be
 * closed.
 *
 * All methods reject with
 * - a {@link JulesApiError} or a subclass if the service responds with an error,
 * - a {@link JulesNetworkError} if there is no response,
 * - a {@link MissingApiKeyError} if there is no API key,
 * - a {@link TimeoutError} after `timeoutMs`,
 * - an {@link AbortError} when `signal` is aborted.
 *
 * Invalid arguments and unknown options are an {@link InvalidArgumentError}.
 */
export interface SessionClient {
  /** The session's id: a decimal number of about 20 digits, kept as a string because it exceeds the precision of a number. */
  readonly id: string;

  /**
   * Requests the session, with all its activities unless `activities` is `false`. The first call downloads all activities;
   * later calls on the same handle download only new ones. Each call resolves with a new object and a new array. Works for
   * sessions in any state.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const session = await jules.session({ prompt: 'Write hello.ts' });
   * await session.waitFor('awaitingPlanApproval');
   * const info = await session.info();
   * console.log(info.state, info.activities.findLast((a) => a.type === 'planGenerated')?.plan.steps);
   * ```
   */
  info(options?: InfoOptions & { activities?: true | undefined }): JulesPromise<SessionInfo>;
  /** Requests the session, without its activities if `activities` is `false`. */
  info(options: InfoOptions): JulesPromise<SessionResource>;

  /**
   * Waits until the session is in `state` or has ended, and resolves with the session: check its `state`. Polls every
   * `config.pollingIntervalMs` (default 5000 ms), together with all other waits and streams of the client. A state that lasts
   * for less than the interval can be missed.
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
   * Waits until the session has ended, and resolves with its result. For a failed session it resolves with `state: 'failed'`,
   * or, with `throwOnFailure`, rejects with an {@link AutomatedSessionFailedError}.
   *
   * A session that needs an approval or a reply does not end before it gets one. Set `timeoutMs`, check the state in
   * `onUpdate`, or use `wait()` instead.
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
   * Waits until the session needs a decision, has ended or is stalled, and resolves with the `reason`:
   * - `reached`: the state is one of `until`
   * - `completed`, `failed`: the session has ended
   * - `needsApproval`: a plan must be approved; it is in `plan`
   * - `needsReply`: the agent has asked a question; it is in `question`
   * - `paused`: the session is paused
   * - `stalled`: the agent has been silent for `stallMs`
   * - `unknownState`: the state is one that this version of the package does not know
   *
   * The wait does not change the session: act on the reason, then wait again. A plan or question that has been answered, by
   * `send()` or `approve()` or by another client as far as the activities show it, is not reported again until the agent has
   * written a new plan or message or has been silent for `stallMs`. After `send()`, an end of the session is ignored for three
   * polling intervals, at most 15 seconds, since the message may revive the session.
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
   *     await session.approve(); // or send() a correction: the next wait ends with the revised plan
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
   * Yields all activities so far, then new ones as they appear, each exactly once. Ends when the session has ended and all
   * activities have been yielded, or at a `break`, which also cancels requests and timers.
   *
   * Activities found by the same request are sorted by time. One that becomes visible up to a minute after a newer one is
   * yielded too, within another minute.
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
  stream(options?: StreamOptions & { artifacts?: true | undefined }): ActivityStream;
  /** The same without the artifacts, which each activity then loads by itself. */
  stream(options: StreamOptions & { artifacts: false }): ActivityStream<LightActivity>;
  /** The same where it is decided at run time whether the artifacts come along. */
  stream(options: StreamOptions): ActivityStream<Activity | LightActivity>;

  /**
   * Yields all activities so far, oldest first, each exactly once, then ends. Requests a page only when it is needed.
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
  history(options?: StreamOptions & { artifacts?: true | undefined }): ActivityStream;
  /** The same without the artifacts, which each activity then loads by itself. */
  history(options: StreamOptions & { artifacts: false }): ActivityStream<LightActivity>;
  /** The same where it is decided at run time whether the artifacts come along. */
  history(options: StreamOptions): ActivityStream<Activity | LightActivity>;

  /**
   * Yields only activities that appear after the first call of `next()`, that is, after the start of the loop. Ends when the
   * session has ended, as `stream()` does.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * for await (const activity of run.updates()) console.log(activity.type);
   * ```
   */
  updates(options?: StreamOptions & { artifacts?: true | undefined }): ActivityStream;
  /** The same without the artifacts, which each activity then loads by itself. */
  updates(options: StreamOptions & { artifacts: false }): ActivityStream<LightActivity>;
  /** The same where it is decided at run time whether the artifacts come along. */
  updates(options: StreamOptions): ActivityStream<Activity | LightActivity>;

  /**
   * Approves the current plan. If no plan needs approval, the service accepts the request without any effect (observed, not
   * documented).
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
  approve(options?: CallOptions): JulesPromise<void>;

  /**
   * Sends a message to the agent and does not wait for its reply. If the response is lost, the client lists the session's
   * activities to find out whether the message was received, and sends it again only if it was not. Rejects with a
   * {@link JulesUnknownOutcomeError} if the activities do not decide this.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const session = await jules.session({ prompt: 'Write hello.ts' });
   * await session.send('Make sure to add unit tests.');
   * ```
   */
  send(prompt: string, options?: CallOptions): JulesPromise<void>;

  /**
   * Sends a message and waits for the agent's reply: the first agent message after it, in the service's order.
   *
   * If earlier messages of the user have no reply yet, for example after a `send()`, the next agent messages may be replies to
   * those: one is skipped for each. If no other message follows within two polling intervals, at least 5 seconds, the last
   * skipped message is the reply. Skipped messages are in the activities.
   *
   * Rejects with an {@link InvalidStateError} if the session ends before the reply, is paused for 15 minutes, or waits for one
   * minute for the approval of a plan that is newer than the message. In these cases the message has been sent.
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

  /** The activities, by page or by id. */
  readonly activities: ActivityClient;

  /**
   * Requests the session, with its activities unless `activities` is `false`, and summarizes them: a timeline, counts, the files,
   * as JSON or Markdown. For logs, reports and prompts. Works for sessions in any state.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * const { state, timeline, insights } = await run.snapshot();
   * console.log(state, timeline.at(-1)?.summary, insights.userInterventions);
   * ```
   */
  snapshot(options?: InfoOptions): Promise<SessionSnapshot>;

  /**
   * Archives the session: `jules.sessions()` leaves it out. This pauses a running session (observed, not documented).
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * await run.result();
   * await run.archive();
   * ```
   */
  archive(options?: CallOptions): JulesPromise<void>;

  /**
   * Reverses `archive()`: `jules.sessions()` lists the session again.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * await run.archive();
   * await run.unarchive();
   * ```
   */
  unarchive(options?: CallOptions): JulesPromise<void>;

  /**
   * Deletes the session. Also resolves if the service does not find the session (404). A session that this client created less
   * than a minute ago may not be visible yet: then the request is repeated until it succeeds or the minute is over.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * await run.delete();
   * ```
   */
  delete(options?: CallOptions): JulesPromise<void>;
}

/** A session created by `jules.run` or `jules.all`. An alias of {@link SessionClient}. */
export type AutomatedSession = SessionClient;
