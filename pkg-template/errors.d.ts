import type { SessionClient } from './session.js';

/** The values of {@link JulesError.code}. They are stable across versions. */
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
  | 'patch_failed'
  | 'internal_error';

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
   * Creates an error for tests.
   *
   * @param details an object; anything else is an {@link InvalidArgumentError}. Its entries become properties of the error and override the defaults of its class: its `code` and, for an error of a
   * request, method `GET`, status 0 and no attempts. A `cause` becomes a property that is not enumerable.
   */
  constructor(message: string, details?: object);
  /** The kind of error, as a stable string. */
  readonly code: JulesErrorCode;
  /** Returns the error as plain data. */
  toJSON(): Record<string, unknown>;
}

/** An argument or option is invalid, or an option is unknown. Also `instanceof TypeError`. No request was sent. */
export class InvalidArgumentError extends JulesError {
  /** The path of the argument or option, such as `source.github`. */
  readonly field: string;
}

/** The properties of errors of requests. */
interface RequestDetails {
  /** The request's method. */
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** The request's URL. */
  readonly url: string;
  /**
   * Whether the request was carried out. `notSent`: no, it did not reach the service. `refused`: no, the service rejected it.
   * `unknown`: it may have been; check this before you send it again.
   */
  readonly outcome: 'notSent' | 'refused' | 'unknown';
  /** Whether the same request may succeed later. With `outcome: 'unknown'`, first check whether it was carried out. */
  readonly retryable: boolean;
  /** The number of attempts to send the request. */
  readonly attempts: number;
}

/** The service responded with an error. */
export class JulesApiError extends JulesError implements RequestDetails {
  /** Creates an error for tests, from a message and details. */
  constructor(message: string, details?: object);
  /** Creates an error for tests, from the arguments of the official SDK. */
  constructor(url: string, status: number, statusText?: string, message?: string, options?: object);
  readonly method: RequestDetails['method'];
  readonly url: string;
  readonly outcome: RequestDetails['outcome'];
  readonly retryable: boolean;
  readonly attempts: number;
  /** The HTTP status. */
  readonly status: number;
  /** The HTTP reason phrase. Often empty. */
  readonly statusText: string;
  /** The canonical status code in the response body, such as `NOT_FOUND`. */
  readonly rpcStatus?: string;
  /** The reason in the `ErrorInfo` of the response body, such as `CREDENTIALS_MISSING`. */
  readonly reason?: string;
  /** The `details` of the response body, unchanged. */
  readonly details?: unknown[];
  /** The invalid fields of the request, according to the response. */
  readonly fieldViolations?: { field: string; description: string }[];
  /** The time to wait before another attempt, in milliseconds, according to the response. */
  readonly retryAfterMs?: number;
}

/** The service refused the API key (401) or the access (403). The service's own message for a wrong key is misleading. */
export class JulesAuthenticationError extends JulesApiError {}

/** The service refused the request with 429: too many requests, or the limit of sessions per day or of concurrent sessions. */
export class JulesRateLimitError extends JulesApiError {}

/** The service does not know the repository or the branch. No session was created. */
export class SourceNotFoundError extends JulesApiError {}

/** The service responded with a success status, but the body is not JSON or does not contain what was requested. */
export class JulesDecodeError extends JulesApiError {}

/**
 * There was no response, or an incomplete one. If the runtime threw an error, `cause` is a copy of it: an `Error` with the same
 * `name`, `message` and `code`, such as `ECONNRESET`, without the API key.
 */
export class JulesNetworkError extends JulesError implements RequestDetails {
  /** Creates an error for tests. A message that is a URL is the first argument of the official SDK, and becomes `url`. */
  constructor(message: string, details?: object);
  readonly method: RequestDetails['method'];
  readonly url: string;
  readonly outcome: RequestDetails['outcome'];
  readonly retryable: boolean;
  readonly attempts: number;
}

/**
 * It is unknown whether a session was created or a message was sent: the response was lost, and the newest sessions (or the
 * session's activities) did not decide it. The request was not sent again. Check `candidates` and the web app before you do.
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
  /** The HTTP status, if there was a response. */
  readonly status?: number;
  /** The body of the request. */
  readonly request: Record<string, unknown>;
  /** The ids of sessions that this request may have created. Empty if none was found. */
  readonly candidates: string[];
}

/**
 * The call took longer than `timeoutMs`. The session continues on the service. If requests were failing when the time was
 * over, `cause` is the last of their errors (a {@link JulesNetworkError} or {@link JulesApiError}).
 */
export class TimeoutError extends JulesError {
  /**
   * For a call that creates a session or sends a message: whether that was carried out, as in {@link JulesApiError.outcome}.
   * `done`, only of `ask()`: the message was sent, and only the reply is missing.
   */
  readonly outcome?: RequestDetails['outcome'] | 'done';
}

/** The `signal` was aborted. `cause` is as in a {@link TimeoutError}, or the signal's reason if no request was failing. */
export class AbortError extends JulesError {
  /** The same as {@link TimeoutError.outcome}. */
  readonly outcome?: RequestDetails['outcome'] | 'done';
}

/** There is no API key: neither the option `apiKey` nor the environment variable `JULES_API_KEY` is set. No request was sent. */
export class MissingApiKeyError extends JulesError {
  /** Creates an error for tests. */
  constructor(message?: string, details?: object);
}

/** The state of the session rules out the result, such as a session that ends before the reply to `ask()`. */
export class InvalidStateError extends JulesError {
  /** The id of the session. */
  readonly sessionId?: string;
}

/** The session has failed, and `throwOnFailure` is set. */
export class AutomatedSessionFailedError extends JulesError {
  /** Creates an error for tests. */
  constructor(message?: string, details?: object);
  /** The id of the session. */
  readonly sessionId: string;
  /** Why the session failed: the `reason` of its last `sessionFailed` activity. Missing if there is none. */
  readonly reason?: string;
}

/** At least one item of `jules.all`, `sessions().archive` or `sessions().delete` failed. Also `instanceof AggregateError`. */
export class JulesBatchError extends JulesError {
  /** The errors of `failures`, in the order of the items. */
  readonly errors: unknown[];
  /** The items that failed, in the order of the items, each with its index and its error. */
  readonly failures: { index: number; item: unknown; error: unknown }[];
  /** The sessions that were created, archived or deleted, each at the index of its item; `undefined` at all other indices. */
  readonly sessions: (SessionClient | undefined)[];
}

/**
 * The package's WebAssembly could not be loaded or is not allowed to run, for example because the device is offline, a blocker
 * is active, or the content security policy lacks `'wasm-unsafe-eval'`. `cause` is the runtime's error. No request was sent;
 * the next call tries to load it again.
 */
export class JulesLoadError extends JulesError {
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
export class JulesInternalError extends JulesError {}
