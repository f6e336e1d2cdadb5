import type {
  JulesApiError,
  JulesAuthenticationError,
  JulesDecodeError,
  JulesNetworkError,
  JulesRateLimitError,
  JulesUnknownOutcomeError,
  RequestDetails,
  SourceNotFoundError,
} from './request-errors.js';
import type { SessionClient } from './session.js';

export * from './request-errors.js';

/** The values of {@link JulesError.code}. They are stable across versions, and each class has its own. */
export type JulesErrorCode =
  | 'api_error'
  | 'authentication_failed'
  | 'rate_limited'
  | 'source_not_found'
  | 'decode_error'
  | 'network_error'
  | 'unknown_outcome'
  | 'timeout'
  | 'aborted'
  | 'client_closed'
  | 'missing_api_key'
  | 'invalid_argument'
  | 'invalid_state'
  | 'session_failed'
  | 'batch_failed'
  | 'journal_failed'
  | 'autopilot_failed'
  | 'load_failed'
  | 'patch_failed'
  | 'internal_error';

/**
 * Every error of this package, as a union, so that `switch (error.code)` narrows an error to its class.
 *
 * `error instanceof JulesError` narrows to it in TypeScript 5.3 and later. In TypeScript 5.2 it narrows to
 * {@link JulesError}: write `const known = error as AnyJulesError` there.
 *
 * @example
 * ```ts
 * import { jules, JulesError, type AnyJulesError } from 'jules-wasm';
 *
 * function advice(error: AnyJulesError): string {
 *   switch (error.code) {
 *     case 'rate_limited':
 *       return `Try again in ${error.retryAfterMs ?? 60_000} ms.`;
 *     case 'unknown_outcome':
 *       return `Check these sessions first: ${error.candidates.join(', ')}`;
 *     case 'invalid_argument':
 *       return `Correct ${error.field}.`;
 *     default:
 *       return error.message;
 *   }
 * }
 * try {
 *   await jules.run({ prompt: '' });
 * } catch (error) {
 *   if (!(error instanceof JulesError)) throw error;
 *   console.log(advice(error));
 * }
 * ```
 */
export type AnyJulesError =
  | InvalidArgumentError
  | MissingApiKeyError
  | JulesLoadError
  | JulesApiError
  | JulesAuthenticationError
  | JulesRateLimitError
  | SourceNotFoundError
  | JulesDecodeError
  | JulesNetworkError
  | JulesUnknownOutcomeError
  | TimeoutError
  | AbortError
  | ClientClosedError
  | InvalidStateError
  | AutomatedSessionFailedError
  | JulesBatchError
  | PatchError
  | JulesJournalError
  | AutopilotError
  | JulesInternalError;

/**
 * The base class of all errors of this package. The message says what happened, what was and was not done on the service,
 * and what to do next. No error contains the API key.
 *
 * @example
 * ```ts
 * import { jules, JulesError } from 'jules-wasm';
 *
 * try {
 *   await jules.run({ prompt: '' });
 * } catch (error) {
 *   if (error instanceof JulesError) console.log(error.code, error.message);
 * }
 * ```
 */
export class JulesError extends Error {
  /**
   * Makes `instanceof` recognise the errors of other copies of the package, such as that of `require` beside that of `import`.
   * For `JulesError` itself it narrows to {@link AnyJulesError}.
   */
  static [Symbol.hasInstance]<T>(
    this: abstract new (...args: never[]) => T,
    value: unknown,
  ): value is JulesError extends T ? AnyJulesError : T;
  /**
   * Creates an error for tests.
   *
   * @param details an object; anything else is an {@link InvalidArgumentError}. Its entries become properties of the error and override the defaults of its class: its `code` and, for an error of a
   * request, method `GET`, status 0 and no attempts. A `cause` becomes a property that is not enumerable.
   */
  constructor(message: string, details?: object);
  /** The kind of error, as a stable string. Each class has its own. Default of this class: `internal_error`. */
  readonly code: JulesErrorCode;
  /** Returns the error as plain data. */
  toJSON(): Record<string, unknown>;
}

/**
 * An argument or option is invalid, or an option is unknown. Also `instanceof TypeError`. No request was sent.
 *
 * @example
 * ```ts
 * import { connect, InvalidArgumentError } from 'jules-wasm';
 *
 * try {
 *   connect({ config: { pollingIntervalMs: -1 } });
 * } catch (error) {
 *   if (error instanceof InvalidArgumentError) console.log(error.field); // config.pollingIntervalMs
 * }
 * ```
 */
export class InvalidArgumentError extends JulesError {
  readonly code: 'invalid_argument';
  /** The path of the argument or option, such as `source.github`. */
  readonly field: string;
}

/**
 * The call took longer than `timeoutMs`. The session continues on the service. If requests were failing when the time was
 * over, `cause` is the last of their errors (a {@link JulesNetworkError} or {@link JulesApiError}).
 *
 * @example
 * ```ts
 * import { jules, TimeoutError } from 'jules-wasm';
 *
 * const run = await jules.run({ prompt: 'Write hello.ts' });
 * try {
 *   await run.waitFor('completed', { timeoutMs: 1 });
 * } catch (error) {
 *   if (error instanceof TimeoutError) console.log((await run.info({ activities: false })).state);
 * }
 * ```
 */
export class TimeoutError extends JulesError {
  readonly code: 'timeout';
  /**
   * For a call that creates a session or sends a message: whether that was carried out, as in {@link JulesApiError.outcome}.
   * `done`, only of `ask()`: the message was sent, and only the reply is missing.
   */
  readonly outcome?: RequestDetails['outcome'] | 'done';
}

/** The `signal` was aborted. `cause` is as in a {@link TimeoutError}, or the signal's reason if no request was failing. */
export class AbortError extends JulesError {
  readonly code: 'aborted';
  /** The same as {@link TimeoutError.outcome}. */
  readonly outcome?: RequestDetails['outcome'] | 'done';
}

/** There is no API key: neither the option `apiKey` nor the environment variable `JULES_API_KEY` is set. No request was sent. */
export class MissingApiKeyError extends JulesError {
  readonly code: 'missing_api_key';
  /** Always `notSent`. */
  readonly outcome: 'notSent';
  /** Creates an error for tests. */
  constructor(message?: string, details?: object);
}

/** The state of the session rules out the result, such as a session that ends before the reply to `ask()`. */
export class InvalidStateError extends JulesError {
  readonly code: 'invalid_state';
  /** The id of the session. */
  readonly sessionId?: string;
}

/**
 * The session has failed, and `throwOnFailure` is set.
 *
 * @example
 * ```ts
 * import { AutomatedSessionFailedError, jules } from 'jules-wasm';
 *
 * const run = await jules.run({ prompt: 'Write hello.ts [emulator: fail]' });
 * try {
 *   await run.result({ throwOnFailure: true });
 * } catch (error) {
 *   if (error instanceof AutomatedSessionFailedError) console.log(error.sessionId, error.reason);
 * }
 * ```
 */
export class AutomatedSessionFailedError extends JulesError {
  readonly code: 'session_failed';
  /** Creates an error for tests. */
  constructor(message?: string, details?: object);
  /** The id of the session. */
  readonly sessionId: string;
  /** Why the session failed: the `reason` of its last `sessionFailed` activity. Missing if there is none. */
  readonly reason?: string;
}

/** An item of `jules.all`, `sessions().archive` or `sessions().delete` that failed. */
export interface BatchFailure {
  /** The index of the item. */
  index: number;
  /** The item. */
  item: unknown;
  /** Why it failed: an {@link AnyJulesError}, or what the mapper threw. */
  error: unknown;
}

/**
 * The client was closed by `close()`. A call that was made afterwards has the `outcome` `notSent`. A wait, a stream or another read that
 * the close has ended has none; sessions go on. A create or a message has the outcome `notSent`, `unknown` if it may have been carried
 * out, or `done` if only the reply of `ask()` is missing.
 *
 * @example
 * ```ts
 * import { ClientClosedError, connect } from 'jules-wasm';
 *
 * const jules = connect();
 * await jules.close();
 * await jules.run({ prompt: 'Write hello.ts' }).catch((error) => {
 *   if (error instanceof ClientClosedError) console.log(error.outcome); // notSent
 * });
 * ```
 */
export class ClientClosedError extends JulesError {
  readonly code: 'client_closed';
  /** Whether the create or the message was carried out. Missing for waits and reads that have begun. */
  readonly outcome?: 'notSent' | 'refused' | 'unknown' | 'done';
}

/**
 * At least one item of `jules.all`, `sessions().archive` or `sessions().delete` failed. Also `instanceof AggregateError`.
 *
 * @example
 * ```ts
 * import { jules, JulesBatchError } from 'jules-wasm';
 *
 * try {
 *   await jules.all(['Fix bug A', ''], (prompt) => ({ prompt }), { stopOnError: false });
 * } catch (error) {
 *   if (!(error instanceof JulesBatchError)) throw error;
 *   console.log(error.sessions.map((session) => session?.id), error.failures.map(({ index }) => index));
 * }
 * ```
 */
export class JulesBatchError extends JulesError {
  readonly code: 'batch_failed';
  /** The errors of `failures`, in the order of the items. */
  readonly errors: unknown[];
  /** The items that failed, in the order of the items, each with its index and its error. */
  readonly failures: BatchFailure[];
  /** The sessions that were created, archived or deleted, each at the index of its item; `undefined` at all other indices. */
  readonly sessions: (SessionClient | undefined)[];
}

/**
 * The journal of a batch cannot be read or written, was written by another version of this package, or is used by another
 * process. `cause` is the error of the store, if there is one. No session was created without a record before.
 *
 * @example
 * ```ts
 * import { jules, JulesJournalError } from 'jules-wasm';
 *
 * try {
 *   const batch = jules.batch(['Fix bug A'], (prompt) => ({ prompt }), { key: (prompt) => prompt, journal: 'bugs.journal' });
 *   for await (const item of batch) console.log(item.key, item.status);
 * } catch (error) {
 *   if (error instanceof JulesJournalError) console.log(error.message);
 * }
 * ```
 */
export class JulesJournalError extends JulesError {
  readonly code: 'journal_failed';
}

/**
 * A function of an `autopilot` has thrown, or has returned something else than an answer. `cause` is what it has thrown. Nothing was sent,
 * and the session waits.
 *
 * @example
 * ```ts
 * import { AutopilotError, jules } from 'jules-wasm';
 *
 * const run = await jules.run({ prompt: 'Write hello.ts', requireApproval: true });
 * await run.result({ autopilot: { onPlan: () => Promise.reject(new Error('no idea')) } }).catch((error) => {
 *   if (error instanceof AutopilotError) console.log(error.sessionId, error.cause);
 * });
 * ```
 */
export class AutopilotError extends JulesError {
  readonly code: 'autopilot_failed';
  /** The id of the session. */
  readonly sessionId: string;
}

/**
 * The package's WebAssembly could not be loaded or is not allowed to run, for example because the device is offline, a blocker
 * is active, or the content security policy lacks `'wasm-unsafe-eval'`. `cause` is the runtime's error. No request was sent;
 * the next call tries to load it again.
 */
export class JulesLoadError extends JulesError {
  readonly code: 'load_failed';
  /** Nothing was sent. */
  readonly outcome: 'notSent';
}

/**
 * `file.apply(base)` cannot apply the file's part of a patch to `base`. Nothing was changed.
 *
 * @example
 * ```ts
 * import { parseUnidiff, PatchError } from 'jules-wasm';
 *
 * const [file] = parseUnidiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n');
 * try {
 *   file?.apply('another text\n');
 * } catch (error) {
 *   if (error instanceof PatchError) console.log(error.path, error.reason, error.line); // x mismatch 1
 * }
 * ```
 */
export class PatchError extends JulesError {
  readonly code: 'patch_failed';
  /** The path of the file. */
  readonly path: string;
  /**
   * `mismatch`: the patch does not fit `base`. `incomplete`: this part of the patch is truncated or malformed, or is the combined
   * diff of a merge. `binary`: the file is binary. `submodule`: it is a submodule.
   */
  readonly reason: 'mismatch' | 'incomplete' | 'binary' | 'submodule';
  /** The first line of `base`, from 1, that differs from what the patch expects there. Only with the reason `mismatch`. */
  readonly line?: number;
}

/** A bug of this package; please report it. The client remains usable: the next call starts a new WebAssembly instance. */
export class JulesInternalError extends JulesError {
  readonly code: 'internal_error';
}
