/// <reference lib="esnext.disposable" />
import type { Activity, Plan, SessionResource, SessionState } from './model.js';

/** What bounds a call. */
export interface CallOptions {
  /**
   * Aborts the call: it rejects with an `AbortError`, and sends nothing more. The error's `cause` is what kept failing, if
   * anything did; else the signal's reason.
   */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds after which the call rejects with a `TimeoutError`. Default, as with `Infinity`: never by itself. What runs
   * on the service goes on. With 0 no session is made and no message sent; a wait still looks once, but over a network the
   * answer comes too late. To look without waiting there is `info()`.
   */
  timeoutMs?: number | undefined;
}

/** Options of `info()`. */
export interface InfoOptions extends CallOptions {
  /** Whether to read the activities too. Default `true`. */
  activities?: boolean | undefined;
}

/** Options of `result()`. */
export interface ResultOptions extends CallOptions {
  /** Whether to reject with an `AutomatedSessionFailedError` if the session failed. Default: the client's `throwOnFailure`. */
  throwOnFailure?: boolean | undefined;
  /**
   * Called when the session is first seen and each time that it has changed. What it throws `result()` rejects with, at once.
   * It may be async: the next change does not wait for its promise, but `result()` does before it resolves (no longer than
   * `timeoutMs`, and until `signal` is aborted), and a promise that rejects ends `result()` as a throw does.
   */
  onUpdate?: ((session: SessionResource) => unknown) | undefined;
}

/** Options of `wait()`. */
export interface WaitOptions extends CallOptions {
  /** The state or states that end the wait as `reached`. Default: none; the other reasons end it all the same. */
  until?: SessionState | SessionState[] | undefined;
  /**
   * Milliseconds of the agent's silence after which it counts as stuck. Default 900000 (15 minutes), while it plans 300000.
   * Measured by others on 562 sessions, 15 minutes are a false alarm once in 2,000. It counts by the service's clock, so a
   * session that was silent before is stuck at once; where that clock is not to be seen, from the first look on.
   */
  stallMs?: number | undefined;
  /**
   * Called when the session is first seen and each time that it has changed. What it throws `wait()` rejects with, at once.
   * It may be async: the next change does not wait for its promise, but `wait()` does before it resolves (no longer than
   * `timeoutMs`, and until `signal` is aborted), and a promise that rejects ends `wait()` as a throw does.
   */
  onUpdate?: ((session: SessionResource) => unknown) | undefined;
}

/** Why a `wait()` has ended, with the session as it was then. */
export type WaitResult =
  | {
      reason: 'reached' | 'completed' | 'failed' | 'paused' | 'unknownState';
      /** The session. */
      session: SessionResource;
    }
  | {
      reason: 'needsApproval';
      /** The session. */
      session: SessionResource;
      /** The plan that waits: the last one of the activities. Left out if they show none, or could not be read. */
      plan?: Plan;
    }
  | {
      reason: 'needsReply';
      /** The session. */
      session: SessionResource;
      /** What the agent has written last. Left out if the activities show no message, or could not be read. */
      question?: string;
    }
  | {
      reason: 'stalled';
      /** The session. */
      session: SessionResource;
      /** Milliseconds since the agent was last heard of. */
      silentMs: number;
    };

/** Options of `stream()`, `history()` and `updates()`. */
export interface StreamOptions {
  /** Aborts the stream: its next step rejects with an `AbortError`. */
  signal?: AbortSignal | undefined;
  /** Milliseconds, from the opening of the stream, after which its next step rejects with a `TimeoutError`. Default: never. */
  timeoutMs?: number | undefined;
  /** The `cursor` of an activity: begin after it. Default: with the first. */
  after?: string | undefined;
  /** Go on after the session has ended: a message, a comment on its pull request or a failing check can revive it. Default `false`. */
  follow?: boolean | undefined;
  /** Leave out the activities of this originator. */
  exclude?: { originator: 'user' | 'agent' | 'system' } | undefined;
  /**
   * Whether to download what is attached to the activities: patches and images, by far the most of a session's bytes.
   * Default `true`. With `false` each activity has `loadArtifacts()` for that.
   */
  artifacts?: boolean | undefined;
}

/** The activities of a session as they come. One iteration; calls of `next` are answered in order. */
export interface ActivityStream<T = Activity> extends AsyncIterableIterator<T, undefined> {
  /** The next activity. An error leaves the stream where it was: call again to go on. */
  next(): Promise<IteratorResult<T, undefined>>;
  /** Ends the stream. No request and no timer of it is left. */
  return(): Promise<IteratorResult<T, undefined>>;
  /**
   * The rest of it as a web stream of bytes, for a `Response` or a pipe. By default JSON lines: each activity as one line of
   * JSON (`application/jsonl`). With `{ format: 'sse' }` server-sent events (`text/event-stream`), as an `EventSource` reads
   * them: each activity as one message, its JSON as `data` and its `cursor` as `id`, so that the `Last-Event-ID` of a reader
   * that connects again is the `after` of the next stream. An error of the stream breaks it off. Nothing is asked for ahead of
   * its reader; cancelling it ends the stream, and with it the polling. Throws an {@link InvalidArgumentError} for another
   * format.
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
  toReadableStream(options?: { format?: 'jsonl' | 'sse' | undefined }): ReadableStream<Uint8Array<ArrayBuffer>>;
  [Symbol.asyncIterator](): ActivityStream<T>;
  /** Ends the stream, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Which page of a list. */
export interface PageOptions extends CallOptions {
  /**
   * Entries a page, 1 to 100. Default: the `limit`, where one of up to 100 is given; else 100 of `sources()`, and of the others
   * as the service likes, 30 or 50.
   */
  pageSize?: number | undefined;
  /** The `nextPageToken` of the page before. */
  pageToken?: string | undefined;
  /** A filter in the list's own grammar, such as `create_time > "2026-08-24T10:00:00Z"` or `archived = true`. */
  filter?: string | undefined;
}

/** Options of a whole list. */
export interface ListOptions extends PageOptions {
  /**
   * The most entries to give. Default: all. No page is asked for that is longer, so the `nextPageToken` of a page goes on
   * right after its last entry.
   */
  limit?: number | undefined;
}

/** Options of `jules.all`. */
export interface AllOptions {
  /** How many creates are under way at once. Default 4. */
  concurrency?: number | undefined;
  /** Whether the first failure keeps the rest from beginning. Default `true`. */
  stopOnError?: boolean | undefined;
  /** Milliseconds to wait before each create but the first. Default 0. */
  delayMs?: number | undefined;
  /**
   * Aborts the batch: no other session is begun, and those that wait to be sent are not. Creates that are already sent have
   * five seconds to be answered, so that what was created is known. Rejects with a `JulesBatchError` that holds the sessions
   * that were created.
   */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds that all of it may take. Default: no limit. When they are over, creates that are already sent have five seconds
   * to be answered, or fail with a `TimeoutError`; so does each item that is next, without being begun: its error's `outcome`
   * is `notSent`.
   */
  timeoutMs?: number | undefined;
}

/** Options of a client. */
export interface JulesOptions {
  /** The API key. Default: the environment variable `JULES_API_KEY`, read at the first request. */
  apiKey?: string | undefined;
  /**
   * Where the service is. Default `https://jules.googleapis.com/v1alpha`. In a page, or for a `fetch` of your own,
   * it may begin with `/`: a proxy of the same origin. No user, password, query or fragment can be in it.
   */
  baseUrl?: string | undefined;
  /** Used instead of `globalThis.fetch`: an emulator's, an interceptor's, a proxy's. */
  fetch?: ((url: string, init?: RequestInit) => Promise<Response>) | undefined;
  /** Headers added to every request, such as those that a proxy wants: an object, or pairs as `Headers` and a `Map` have them. */
  headers?: Record<string, string> | Iterable<readonly [string, string]> | undefined;
  /**
   * Is told of every exchange (`debug`) and every further attempt (`warn`), such as `console`. Default: nobody. The key is in no
   * line. A method that throws, or whose promise rejects, ends nothing.
   */
  logger?: { debug?(message: string): unknown; warn?(message: string): unknown } | undefined;
  /** Whether `result()` rejects when a session has failed. Default `false`. */
  throwOnFailure?: boolean | undefined;
  /**
   * What to do when it is not known whether a session was made or a message was sent. `'reconcile'`, the default: look
   * whether it was, and repeat it only if it was not and the service is done with it. `'throw'`: fail at once.
   */
  onUnknownOutcome?: 'reconcile' | 'throw' | undefined;
  /** The numbers that the client works by. */
  config?: JulesConfig | undefined;
}

/** The numbers that a client works by. */
export interface JulesConfig {
  /**
   * Milliseconds between two looks at a session: the longest that a change goes unseen. Default 5000. After something was
   * done to a session from here the next look comes within a second. In a page that is hidden the interval is six times
   * as long.
   */
  pollingIntervalMs?: number | undefined;
  /** Milliseconds that one attempt of a request may take, its body included. Default 30000. */
  requestTimeoutMs?: number | undefined;
  /** How many requests are in flight at once. Default 50. */
  maxConcurrentRequests?: number | undefined;
  /** When a request is sent again. */
  rateLimitRetry?: {
    /** Milliseconds from the first attempt after which there is no other. Default 300000; 0: never again. */
    maxRetryTimeMs?: number | undefined;
    /**
     * Milliseconds: the bound of the first delay, of which a random share is waited. It doubles each time. Default 1000. With
     * less, a create or a message that may have been carried out is looked for as much shorter before it is sent again: for
     * tests against a service whose lists do not lag, such as the emulator.
     */
    baseDelayMs?: number | undefined;
    /** Milliseconds: the largest bound of a delay. Default 30000. */
    maxDelayMs?: number | undefined;
  } | undefined;
}
