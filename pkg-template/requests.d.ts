import type { CallOptions } from './options.js';

/** The promise of a call that sends a request, with a method that resolves with the HTTP response too. */
export interface JulesPromise<T> extends Promise<T> {
  /**
   * Resolves with the value and with the response to the last request of the call. Rejects as the promise itself.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const { data: session, response, attempts } = await jules.run({ prompt: 'Write hello.ts' }).withResponse();
   * console.log(session.id, response?.status, response?.headers.get('date'), attempts);
   * ```
   */
  withResponse(): Promise<WithResponse<T>>;
}

/** A value with the HTTP response that it came by. */
export interface WithResponse<T> {
  /** The value of the call. */
  data: T;
  /**
   * The response to the last request of the call: its `status`, `headers` and `url`. Its body has been read. Undefined if the
   * call got its value from the request of another call.
   */
  response: Response | undefined;
  /** The number of attempts that this request took. */
  attempts: number;
}

/** One attempt to send a request. Contains neither the API key nor the body. */
export interface Attempt {
  /** The method of the request. */
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The URL of the request, with its query. */
  url: string;
  /** The number of this attempt, from 1. */
  attempt: number;
}

/**
 * A function around each attempt of a request, for tracing and metrics. It observes: the request is sent once and its result is
 * the same, whatever the function returns or throws. What it awaits before `send()` delays the request, within
 * `config.requestTimeoutMs`.
 *
 * @param attempt the attempt
 * @param send sends the request, and resolves with the response as soon as its headers are there, or rejects with the error of
 * `fetch`. `headers` are added to those of the request, such as `traceparent`; they do not replace any. The body of the response is
 * read by the client: read only its `status` and `headers`.
 */
export type AroundAttempt = (attempt: Attempt, send: (headers?: Record<string, string>) => Promise<Response>) => unknown;

/** Options of `request()`. */
export interface RequestOptions extends CallOptions {
  /** Query parameters. Values are converted to strings and encoded; `undefined` and `null` are left out. */
  query?: Record<string, string | number | boolean | null | undefined> | undefined;
  /** The body, as a value that JSON can represent. Not for `GET`. Default: none. */
  body?: unknown;
}
