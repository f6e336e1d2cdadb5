import type { JulesError } from './errors.js';

/** The properties of errors of requests. */
export interface RequestDetails {
  /** The request's method. */
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
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

/** An invalid field of a request, according to the service's response. */
export interface FieldViolation {
  /** The path of the field in the body of the request, such as `session.automation_mode`. */
  field: string;
  /** What is wrong with it. */
  description: string;
}

/**
 * The service responded with an error.
 *
 * @example
 * ```ts
 * import { jules, JulesApiError } from 'jules-wasm';
 *
 * try {
 *   await jules.session('1').info();
 * } catch (error) {
 *   if (!(error instanceof JulesApiError)) throw error;
 *   console.log(error.status, error.rpcStatus, error.outcome, error.retryable); // 404 NOT_FOUND refused false
 * }
 * ```
 */
export class JulesApiError extends JulesError implements RequestDetails {
  /** `api_error`, or the code of the subclass. */
  readonly code: 'api_error' | 'authentication_failed' | 'rate_limited' | 'source_not_found' | 'decode_error';
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
  readonly fieldViolations?: FieldViolation[];
  /** The time to wait before another attempt, in milliseconds, according to the response. */
  readonly retryAfterMs?: number;
}

/** The service refused the API key (401) or the access (403). The service's own message for a wrong key is misleading. */
export class JulesAuthenticationError extends JulesApiError {
  readonly code: 'authentication_failed';
}

/** The service refused the request with 429: too many requests, or the limit of sessions per day or of concurrent sessions. */
export class JulesRateLimitError extends JulesApiError {
  readonly code: 'rate_limited';
}

/** The service does not know the repository or the branch. No session was created. */
export class SourceNotFoundError extends JulesApiError {
  readonly code: 'source_not_found';
}

/** The service responded with a success status, but the body is not JSON or does not contain what was requested. */
export class JulesDecodeError extends JulesApiError {
  readonly code: 'decode_error';
}

/**
 * There was no response, or an incomplete one. If the runtime threw an error, `cause` is a copy of it: an `Error` with the same
 * `name`, `message` and `code`, such as `ECONNRESET`, without the API key.
 */
export class JulesNetworkError extends JulesError implements RequestDetails {
  readonly code: 'network_error';
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
  readonly code: 'unknown_outcome';
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
