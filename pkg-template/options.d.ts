/// <reference lib="esnext.disposable" />
import type { AutopilotOptions } from './autopilot.js';
import type { Activity, Bytes, Plan, SessionResource, SessionState } from './model.js';
import type { AroundAttempt } from './requests.js';

/**
 * How a call is cancelled.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 *
 * const run = await jules.run({ prompt: 'Write hello.ts' });
 * const controller = new AbortController();
 * const outcome = await run.result({ signal: controller.signal, timeoutMs: 3_600_000 });
 * console.log(outcome.state);
 * ```
 */
export interface CallOptions {
  /**
   * Aborts the call: it rejects with an `AbortError` and sends no further request. The error's `cause` is the error of the
   * last request if requests were failing, otherwise the signal's reason.
   */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds after which the call rejects with a `TimeoutError`. Default: no timeout, the same as `Infinity`. The session
   * continues on the service. With 0 no session is created, no message is sent, and a wait ends before a response can
   * arrive over a network; to read the state without waiting use `info()`.
   */
  timeoutMs?: number | undefined;
}

/** Options of `info()`. */
export interface InfoOptions extends CallOptions {
  /** Whether to request the activities too. Default `true`. */
  activities?: boolean | undefined;
}

/** Options of `run()`. */
export interface RunOptions extends CallOptions {
  /** The auto-pilot of the session's `result()` and `wait()`, unless they get one. It answers while one of them is pending. */
  autopilot?: AutopilotOptions | undefined;
}

/** Options of `result()`. */
export interface ResultOptions extends CallOptions {
  /** Answers plans, questions and stalls in your place. Default: that of `run()`. */
  autopilot?: AutopilotOptions | undefined;
  /**
   * Whether to reject with an `AutomatedSessionFailedError` if the session has failed. Default: the client's
   * `throwOnFailure`.
   */
  throwOnFailure?: boolean | undefined;
  /**
   * Called with the session after the first poll and after each poll that shows a change. May be async: `result()` does not
   * delay further calls until its promise settles, but waits for all promises before it resolves, within `timeoutMs` and
   * until `signal` is aborted. If it throws or its promise rejects, `result()` rejects with the same error immediately.
   */
  onUpdate?: ((session: SessionResource) => unknown) | undefined;
}

/** Options of `wait()`. */
export interface WaitOptions extends CallOptions {
  /** Answers plans, questions and stalls in your place. Default: that of `run()`. */
  autopilot?: AutopilotOptions | undefined;
  /** The state or states that end the wait with the reason `reached`. Default: none. The other reasons end it in any case. */
  until?: SessionState | SessionState[] | undefined;
  /**
   * Milliseconds without agent activity after which the wait ends with the reason `stalled`. Default 900000 (15 minutes), or
   * 300000 in the state `planning`. In a third party's measurement of 562 sessions, 15 minutes were a false alarm in 0.05 %
   * of all cases. The time is measured by the service's clock, so a wait for a session that is already stalled ends at once.
   * Where that clock is not readable (its `Date` header, in a page of another origin), it is measured from the first poll.
   */
  stallMs?: number | undefined;
  /**
   * Called with the session after the first poll and after each poll that shows a change. May be async: `wait()` does not
   * delay further calls until its promise settles, but waits for all promises before it resolves, within `timeoutMs` and
   * until `signal` is aborted. If it throws or its promise rejects, `wait()` rejects with the same error immediately.
   */
  onUpdate?: ((session: SessionResource) => unknown) | undefined;
}

/** Why a `wait()` has ended, with the session at that time. */
export type WaitResult =
  | {
      /**
       * `reached`: the state is one of `until`. `completed`, `failed`: the session has ended. `paused`: it is paused.
       * `unknownState`: its state is one that this version of the package does not know.
       */
      reason: 'reached' | 'completed' | 'failed' | 'paused' | 'unknownState';
      /** The session. */
      session: SessionResource;
    }
  | {
      /** A plan must be approved. */
      reason: 'needsApproval';
      /** The session. */
      session: SessionResource;
      /** The plan to approve: the last one in the activities. Missing if they contain none or could not be requested. */
      plan?: Plan;
    }
  | {
      /** The agent has written and waits for a reply. */
      reason: 'needsReply';
      /** The session. */
      session: SessionResource;
      /** The agent's last message. Missing if the activities contain none or could not be requested. */
      question?: string;
    }
  | {
      /** The agent has been silent for `stallMs`. */
      reason: 'stalled';
      /** The session. */
      session: SessionResource;
      /** Milliseconds since the last activity of the agent. */
      silentMs: number;
    };

/**
 * Options of `stream()`, `history()` and `updates()`.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 *
 * const run = await jules.run({ prompt: 'Write hello.ts' });
 * for await (const activity of run.stream({ artifacts: false, exclude: { originator: 'user' } })) {
 *   console.log(activity.type, activity.cursor);
 * }
 * ```
 */
export interface StreamOptions {
  /** Aborts the stream: its next `next()` rejects with an `AbortError`. */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds from the opening of the stream after which its next `next()` rejects with a `TimeoutError`. Default: no
   * timeout.
   */
  timeoutMs?: number | undefined;
  /** The `cursor` of an activity: start after this activity. Default: start with the first. */
  after?: string | undefined;
  /**
   * Whether to continue after the session has ended, since a message, a comment on its pull request or a failing check can
   * revive it. Default `false`.
   */
  follow?: boolean | undefined;
  /** Leave out the activities of this originator. */
  exclude?: {
    /** The originator, in lower case. */
    originator: 'user' | 'agent' | 'system';
  } | undefined;
  /**
   * Whether to download the artifacts of the activities: patches and images, by far the largest part of a session. Default
   * `true`. With `false` each activity has a method `loadArtifacts()`.
   */
  artifacts?: boolean | undefined;
}

/** An async iterator over the activities of a session. Can be iterated once; concurrent calls of `next()` resolve in order. */
export interface ActivityStream<T = Activity> extends AsyncIterableIterator<T> {
  /** Resolves with the next activity. After a rejection the stream keeps its position: call `next()` again to continue. */
  next(): Promise<IteratorResult<T, undefined>>;
  /** Ends the stream and cancels its requests and timers. */
  return(): Promise<IteratorResult<T, undefined>>;
  /**
   * Returns the remaining activities as a web stream of bytes, for a `Response` or a pipe.
   *
   * By default, JSON lines (`application/jsonl`): each activity is one line of JSON. With `{ format: 'sse' }`, server-sent
   * events (`text/event-stream`) for an `EventSource`: each activity is one event, with its JSON as `data` and its `cursor` as
   * `id`. When an `EventSource` reconnects, it sends this id as `Last-Event-ID`; pass it as `after` to the next stream.
   *
   * Requests are sent only as the reader reads. Cancelling the byte stream ends this stream and its polling; an error of this
   * stream is an error of the byte stream. Throws an {@link InvalidArgumentError} for any other format.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * export function GET(request: Request): Response {
   *   const after = request.headers.get('last-event-id') ?? undefined;
   *   const stream = jules.session('14550388554331055113').stream({ after, signal: request.signal });
   *   const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
   *   return new Response(stream.toReadableStream({ format: 'sse' }), { headers });
   * }
   * ```
   */
  toReadableStream(options?: { format?: 'jsonl' | 'sse' | undefined }): ReadableStream<Bytes>;
  /** Returns the stream itself; called by `for await`. */
  [Symbol.asyncIterator](): ActivityStream<T>;
  /** Ends the stream; called by `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of one page of a list. */
export interface PageOptions extends CallOptions {
  /**
   * Entries per page, 1 to 100. Default: `limit` if it is at most 100; otherwise 100 for `sources()`, and the service's own
   * default for the other lists (30 sessions, 50 activities).
   */
  pageSize?: number | undefined;
  /** The `nextPageToken` of the previous page. Default: the first page. */
  pageToken?: string | undefined;
  /**
   * A filter in the grammar of the list: `create_time > "2026-08-24T10:00:00Z"` for activities, `archived = true` for
   * sessions, `name=sources/github/o/r` for sources.
   */
  filter?: string | undefined;
}

/**
 * Options of a whole list.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 *
 * const { sessions, nextPageToken } = await jules.sessions({ pageSize: 10, filter: 'archived = true' });
 * console.log(sessions.length, nextPageToken);
 * ```
 */
export interface ListOptions extends PageOptions {
  /**
   * The largest number of entries to return. Default: all. No longer page is requested, so the `nextPageToken` of a page
   * continues directly after its last entry.
   */
  limit?: number | undefined;
}

/**
 * Options of `jules.all`.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 *
 * const items = ['Fix bug A', 'Fix bug B'];
 * const sessions = await jules.all(items, (prompt) => ({ prompt, title: prompt }), { concurrency: 2, stopOnError: false });
 * console.log(sessions.map(({ id }) => id));
 * ```
 */
export interface AllOptions {
  /** The largest number of creates in flight. Default 4. It does not limit how many sessions run at the same time. */
  concurrency?: number | undefined;
  /** The largest number of sessions of the batch that run at the same time. Default: no limit. */
  maxRunning?: number | undefined;
  /** The auto-pilot of the sessions' `result()` and `wait()`, unless they get one. It answers while one of them is pending. */
  autopilot?: AutopilotOptions | undefined;
  /** Called after each create with the number of items, of sessions created and of creates that have failed. What it throws is ignored. */
  onProgress?: ((counts: { total: number; created: number; failed: number }) => unknown) | undefined;
  /** Whether no further session is created after the first failure. Default `true`. */
  stopOnError?: boolean | undefined;
  /** Milliseconds to wait before each create except the first. Default 0. */
  delayMs?: number | undefined;
  /**
   * Aborts the batch: no further create is sent. Waits up to five seconds for the responses to creates already sent, then
   * rejects with a `JulesBatchError` that holds the created sessions.
   */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds for the whole batch. Default: no timeout. When the time is over, no further create is sent: an
   * item whose turn comes then fails with a `TimeoutError` whose `outcome` is `notSent`. Creates already sent fail with a
   * `TimeoutError` if they have no response within five more seconds.
   */
  timeoutMs?: number | undefined;
}

/** Options of `sessions().archive()` and `sessions().delete()`. */
export interface BulkOptions extends CallOptions {
  /** Whether to only find the sessions. Default `false`. */
  dryRun?: boolean | undefined;
  /** The largest number of requests in flight. Default 4. */
  concurrency?: number | undefined;
  /** Whether no further request is sent after the first failure. Default `true`. */
  stopOnError?: boolean | undefined;
  /**
   * Called after each session, whether it succeeded or failed. If it throws, no further request is sent, and the call rejects with
   * the same error.
   */
  onProgress?: ((progress: BulkProgress) => unknown) | undefined;
}

/** The progress of `sessions().archive()` or `sessions().delete()`. */
export interface BulkProgress {
  /** The session whose request has ended. */
  session: SessionResource;
  /** Its error. Missing if it succeeded. */
  error?: unknown;
  /** How many have succeeded so far. */
  done: number;
  /** How many have failed so far. */
  failed: number;
  /** How many were selected. */
  total: number;
}

/** A logger: an object with these methods, of which any may be missing. `console` is one. */
export interface Logger {
  /** Receives a line about a call that rejects. */
  error?(message: string): unknown;
  /** Receives a line about a failed attempt that is repeated. */
  warn?(message: string): unknown;
  /** Receives a line about a response to a request that changes something. */
  info?(message: string): unknown;
  /** Receives a line about a response to any other request. */
  debug?(message: string): unknown;
}

/**
 * Options of a client.
 *
 * @example
 * ```ts
 * import { connect } from 'jules-wasm';
 *
 * const jules = connect({ headers: { 'x-team': 'web' }, throwOnFailure: true, config: { pollingIntervalMs: 10_000 } });
 * console.log((await jules.run({ prompt: 'Write hello.ts' })).id);
 * ```
 */
export interface JulesOptions {
  /** The API key. Default: the environment variable `JULES_API_KEY`, read at the first request. */
  apiKey?: string | undefined;
  /**
   * The base URL of the service. Default: the environment variable `JULES_BASE_URL`, read at the first call, or else
   * `https://jules.googleapis.com/v1alpha`. In a page, or with a custom `fetch`, it may
   * be a path that starts with `/`, for a proxy on the same origin. Must not contain a user, password, query or fragment.
   */
  baseUrl?: string | undefined;
  /**
   * The function that sends requests, such as that of an emulator, or one that uses a proxy. Default `globalThis.fetch`, looked up at
   * each request. The `fetch` of every platform, of undici and of node-fetch is one.
   */
  fetch?: ((url: string, init?: FetchInit) => Promise<FetchResponse>) | undefined;
  /** Headers added to every request, such as those of a proxy: an object, a `Headers`, a `Map` or other pairs. Default: none. */
  headers?: Record<string, string> | Iterable<readonly [string, string]> | undefined;
  /**
   * Called around each attempt to send a request, for tracing and metrics. Default: none.
   *
   * @example
   * ```ts
   * import { jules as standard } from 'jules-wasm';
   *
   * const jules = standard.with({
   *   async aroundAttempt({ method, url, attempt }, send) {
   *     const begun = performance.now();
   *     const { status } = await send();
   *     console.log(method, url, attempt, status, performance.now() - begun);
   *   },
   * });
   * console.log((await jules.run({ prompt: 'Write hello.ts' })).id);
   * ```
   */
  aroundAttempt?: AroundAttempt | undefined;
  /**
   * Receives lines of text, by the methods `error`, `warn`, `info` and `debug`, of which any may be missing: `console`, or the
   * logger of pino, winston and others. `logLevel` describes the lines. Default: `console` if a level is set, otherwise
   * none. Errors that the logger throws are ignored.
   */
  logger?: Logger | undefined;
  /**
   * Which lines are logged; each level includes those before it. `error`: calls that reject, except by their own signal.
   * `warn`: attempts that failed and are repeated, and parts of a result that are missing. `info`: the responses to requests
   * that change something. `debug`: the responses to all other requests. No line contains the API key, a prompt, a message or a
   * body. Default: the environment variable `JULES_LOG`, read at the first call; otherwise `debug` with a `logger` and `off`
   * without one.
   */
  logLevel?: 'off' | 'error' | 'warn' | 'info' | 'debug' | undefined;
  /** Whether `result()` rejects with an `AutomatedSessionFailedError` if the session has failed. Default `false`. */
  throwOnFailure?: boolean | undefined;
  /**
   * What to do when a request that creates a session or sends a message fails and may still have been carried out.
   * `'reconcile'`, the default: list the newest sessions or the session's activities to find out whether it was, and send it
   * again only if it was not. `'throw'`: reject immediately.
   */
  onUnknownOutcome?: 'reconcile' | 'throw' | undefined;
  /** Intervals, timeouts and limits. */
  config?: JulesConfig | undefined;
}

/**
 * What a client passes to `fetch`. All members but `body` and `cache` are there at each request.
 *
 * @example
 * ```ts
 * import { connect, type FetchInit } from 'jules-wasm';
 *
 * // A proxy that adds the API key, and a header of its own.
 * const jules = connect({
 *   fetch: (url, init?: FetchInit) => fetch(url, { ...init, headers: { ...init?.headers, 'x-trace': '1' } }),
 * });
 * console.log((await jules.run({ prompt: 'Write hello.ts' })).id);
 * ```
 */
export interface FetchInit {
  /** The method. */
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The headers, with the API key in `x-goog-api-key`. A new object at each request, which may be changed. */
  headers?: Record<string, string>;
  /** The body in JSON. Missing without a body. */
  body?: string;
  /** Redirects are not followed, as they would send the API key to another URL. */
  redirect?: 'manual';
  /** Keeps the caches of frameworks away. Missing elsewhere. */
  cache?: 'no-store';
  /** Aborted when the call ends early, or after `requestTimeoutMs`. */
  signal?: AbortSignal;
}

/** What a client reads of a response. It also reads `statusText` and the stream `body`, where they are there. */
export interface FetchResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The headers, of which the client reads `date` and `retry-after`. */
  readonly headers: {
    /** Returns the value of a header, or `null`. */
    get(name: string): string | null;
  };
  /** Reads the body. */
  text(): Promise<string>;
}

/** Intervals, timeouts and limits of a client. */
export interface JulesConfig {
  /**
   * Milliseconds between two polls of a session: the longest time until a change is noticed. Default 5000. After a call of
   * this client has changed a session, such as `approve()`, the next poll comes within a second. In a hidden page the interval
   * is six times as long.
   */
  pollingIntervalMs?: number | undefined;
  /** Milliseconds for one attempt of a request, including the response body. Default 30000. */
  requestTimeoutMs?: number | undefined;
  /** The largest number of requests in flight. Default 50. */
  maxConcurrentRequests?: number | undefined;
  /** When a failed request is sent again: exponential backoff with full jitter. */
  rateLimitRetry?: {
    /** Milliseconds after the first attempt within which further attempts start. Default 300000. With 0 there is no retry. */
    maxRetryTimeMs?: number | undefined;
    /**
     * The upper bound of the first delay in milliseconds; it doubles with each attempt, and each delay is a random part of
     * its bound. Default 1000. A smaller value also shortens, in proportion, how long the client looks for a create or a
     * message that may have been carried out: use it for tests against a service without replication lag, such as the emulator.
     */
    baseDelayMs?: number | undefined;
    /** The upper bound of all delays in milliseconds. Default 30000. */
    maxDelayMs?: number | undefined;
  } | undefined;
}
