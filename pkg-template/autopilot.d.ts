import type { Plan, SessionResource } from './model.js';

/**
 * What answers a session in your place: its plans, its questions and its stalls. An option of `run()`, `result()`, `wait()`, `all()` and
 * `batch()`.
 *
 * Each request of the agent is answered once, also after a restart: it counts as answered if a message of the user, or for a plan an
 * approval, follows it in the activities. Since a message may be listed late, a question that is there when the call begins gets its
 * reply after 20 seconds, if it is still unanswered then. Two processes that answer the same session at the same time cannot know of each
 * other.
 *
 * What a function declines, by returning `undefined`, `null` or `false`, is left to you: `wait()` resolves with it, and `result()` and
 * `batch()` continue to wait until the user has answered, here or in the web app.
 *
 * If a function throws or returns something else, nothing is sent, and the call rejects with an `AutopilotError`; in a batch this concerns
 * the item alone, whose status is `'waitFailed'`.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 *
 * const run = await jules.run({ prompt: 'Write hello.ts', requireApproval: true }, {
 *   autopilot: {
 *     onPlan: (plan) => ((plan?.steps.length ?? 0) > 10 ? 'Please plan fewer steps.' : 'approve'),
 *     onQuestion: 'Do what you think is best.',
 *     onStall: 'Complete the task.',
 *     maxReplies: 3,
 *   },
 * });
 * console.log((await run.result()).state);
 * ```
 */
export interface AutopilotOptions {
  /**
   * Decides on a plan that needs an approval: `'approve'` or `true` approves it, a text is sent as a message, for which the agent revises
   * it. Default: plans are left to you.
   */
  onPlan?: 'approve' | ((plan: Plan | undefined, session: SessionResource) => AutopilotAnswer<boolean>) | undefined;
  /** Returns the reply to the agent's question `message`. Default: questions are left to you. */
  onQuestion?: string | ((message: string | undefined, session: SessionResource) => AutopilotAnswer<false>) | undefined;
  /**
   * Returns a message that is sent to a session that has been silent for `stallMs`, or is paused. Not called again before another stall.
   * Default: a stall is left to you.
   */
  onStall?: string | ((session: SessionResource, silentMs: number | undefined) => AutopilotAnswer<false>) | undefined;
  /**
   * With this many messages of the user in the session no further one is sent, and what needs one is left to you. Default 5. Counted from
   * the session's activities, so that it also holds after a restart; messages that you send count too. Approvals do not count.
   */
  maxReplies?: number | undefined;
  /** Milliseconds without agent activity after which `onStall` is called. Default: as the `stallMs` of `wait()`, which prevails there. */
  stallMs?: number | undefined;
}

/** What a function of an auto-pilot returns: a message, what `Other` allows, or nothing. */
export type AutopilotAnswer<Other> = string | Other | undefined | null | Promise<string | Other | undefined | null>;
