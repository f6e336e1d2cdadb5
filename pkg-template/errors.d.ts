import type { SessionClient } from './session.js';

/** The stable names of errors, for programs. */
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
  | 'missing_api_key'
  | 'invalid_argument'
  | 'invalid_state'
  | 'session_failed'
  | 'batch_failed'
  | 'load_failed'
  | 'internal_error';

/**
 * The ancestor of all errors of this package. The message tells what happened, what was and was not done on the service,
 * and what to do next. No error holds the API key.
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
   * For tests of your own: `details` become its properties, over those that its class has by itself (its `code`; of a
   * request that was never made `GET`, status 0, no attempts). A `cause` is not enumerable.
   */
  constructor(message: string, details?: object);
  /** The stable name of what went wrong. */
  readonly code: JulesErrorCode;
  /** The error as plain data. */
  toJSON(): Record<string, unknown>;
}

/** An argument or an option that cannot be right. Also `instanceof TypeError`. No request was sent. */
export class InvalidArgumentError extends JulesError {
  /** Which one, such as `source.github`. */
  readonly field: string;
}

/** What is known of a request. */
interface RequestDetails {
  /** The request's method. */
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** The request's URL. */
  readonly url: string;
  /**
   * What is known of its effect: it did not reach the service (`notSent`), the service said no (`refused`), or it may
   * have been carried out (`unknown`): then look before you repeat it.
   */
  readonly outcome: 'notSent' | 'refused' | 'unknown';
  /** Whether the same may go well later, as far as the answer tells. With `outcome: 'unknown'`, look first. */
  readonly retryable: boolean;
  /** How often it was sent, or tried to. */
  readonly attempts: number;
}

/** The service answered with an error. */
export class JulesApiError extends JulesError implements RequestDetails {
  readonly method: RequestDetails['method'];
  readonly url: string;
  readonly outcome: RequestDetails['outcome'];
  readonly retryable: boolean;
  readonly attempts: number;
  /** The HTTP status. */
  readonly status: number;
  /** The text beside it; often empty. */
  readonly statusText: string;
  /** The canonical status, such as `NOT_FOUND`. */
  readonly rpcStatus?: string;
  /** The reason in the answer's `ErrorInfo`, such as `CREDENTIALS_MISSING`. */
  readonly reason?: string;
  /** The answer's `details`, as they came. */
  readonly details?: unknown[];
  /** The fields of the request that the service objects to. */
  readonly fieldViolations?: { field: string; description: string }[];
  /** How long the service asks to wait, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** The service refused the key (401) or the access (403). Told by the status: the service's text misleads. */
export class JulesAuthenticationError extends JulesApiError {}

/** Too many requests, or the sessions of the day or those at one time are used up (429). */
export class JulesRateLimitError extends JulesApiError {}

/** The service does not know the repository, or the branch. No session was made. */
export class SourceNotFoundError extends JulesApiError {}

/** An answer that is no JSON, or holds nothing of what was asked for, though its status says that all went well. */
export class JulesDecodeError extends JulesApiError {}

/**
 * No answer came, or only a part of one. If the runtime told of that by an error, `cause` is a copy of it: an `Error` with its
 * `name`, its `message` and its `code`, such as `ECONNRESET`, the API key taken out.
 */
export class JulesNetworkError extends JulesError implements RequestDetails {
  readonly method: RequestDetails['method'];
  readonly url: string;
  readonly outcome: RequestDetails['outcome'];
  readonly retryable: boolean;
  readonly attempts: number;
}

/**
 * It is not known whether a session was made or a message was sent: the answer was lost, the client has looked among the
 * newest sessions (or the session's activities) and could not tell. It was not repeated. Look there before you do.
 *
 * @example
 * ```ts
 * import { jules, JulesUnknownOutcomeError } from 'jules-wasm';
 *
 * try {
 *   await jules.run({ prompt: 'Write hello.ts' });
 * } catch (error) {
 *   if (!(error instanceof JulesUnknownOutcomeError)) throw error;
 *   console.log(error.request, error.candidates);
 * }
 * ```
 */
export class JulesUnknownOutcomeError extends JulesError implements RequestDetails {
  readonly method: RequestDetails['method'];
  readonly url: string;
  readonly outcome: 'unknown';
  readonly retryable: boolean;
  readonly attempts: number;
  /** The HTTP status, if an answer came. */
  readonly status?: number;
  /** What was asked: the body of the request. */
  readonly request: Record<string, unknown>;
  /** The ids of the sessions that it can be; empty if none was found. */
  readonly candidates: string[];
}

/**
 * `timeoutMs` is over. What runs on the service goes on. If requests kept failing meanwhile, `cause` is the last of their errors
 * (a {@link JulesNetworkError}, a {@link JulesApiError}); a failure that was followed by a good answer is none.
 */
export class TimeoutError extends JulesError {
  /**
   * Of a call that makes a session or sends a message: what is known of its effect when it was cut short. `done`, of an `ask()`:
   * the message was sent, and only the answer is missing.
   */
  readonly outcome?: RequestDetails['outcome'] | 'done';
}

/** The signal was aborted. `cause` is what kept failing until then, as of a `TimeoutError`; if nothing did, the signal's reason. */
export class AbortError extends JulesError {
  /** As of a `TimeoutError`. */
  readonly outcome?: RequestDetails['outcome'] | 'done';
}

/** There is no API key: neither `apiKey` nor the environment variable `JULES_API_KEY`. No request was sent. */
export class MissingApiKeyError extends JulesError {}

/** The session is not in a state in which this can be done, such as one that ends before it answers. */
export class InvalidStateError extends JulesError {
  /** The session. */
  readonly sessionId?: string;
}

/** The session failed, and `throwOnFailure` is set. */
export class AutomatedSessionFailedError extends JulesError {
  /** The session. */
  readonly sessionId: string;
  /** Why, if the session says. */
  readonly reason?: string;
}

/** Some of a batch failed. Also `instanceof AggregateError`. */
export class JulesBatchError extends JulesError {
  /** The failures' errors, in the order of the items. */
  readonly errors: unknown[];
  /** The failures, in the order of the items. */
  readonly failures: { index: number; item: unknown; error: unknown }[];
  /** The sessions that were made, each at its item's place; `undefined` at the others. */
  readonly sessions: (SessionClient | undefined)[];
}

/**
 * The package's WebAssembly could not be loaded, or may not run here: offline, a blocker, a content security policy without
 * `'wasm-unsafe-eval'`. The message says what to do, `cause` is the runtime's error. No request was sent; the next call tries again.
 */
export class JulesLoadError extends JulesError {
  readonly outcome: 'notSent';
}

/** A fault of this package. The client goes on with a fresh instance; please report it. */
export class JulesInternalError extends JulesError {}
