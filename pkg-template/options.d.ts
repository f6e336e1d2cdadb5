import type { Activity, SessionResource } from './model.js';

/** What bounds a call. */
export interface CallOptions {
  /** Aborts the call: it rejects with an `AbortError` whose `cause` is the signal's reason, and sends nothing more. */
  signal?: AbortSignal;
  /** Milliseconds after which the call rejects with a `TimeoutError`. Default: never by itself. What runs on the service goes on. */
  timeoutMs?: number;
}

/** Options of `info()`. */
export interface InfoOptions extends CallOptions {
  /** Whether to read the activities too. Default `true`. */
  activities?: boolean;
}

/** Options of `result()`. */
export interface ResultOptions extends CallOptions {
  /** Whether to reject with an `AutomatedSessionFailedError` if the session failed. Default: the client's `throwOnFailure`. */
  throwOnFailure?: boolean;
  /** Called when the session is first seen and each time that it has changed. What it throws `result()` rejects with. */
  onUpdate?: (session: SessionResource) => void;
}

/** Options of `stream()`. */
export interface StreamOptions {
  /** Aborts the stream: its next step rejects with an `AbortError`. */
  signal?: AbortSignal;
  /** Milliseconds, from the opening of the stream, after which its next step rejects with a `TimeoutError`. Default: never. */
  timeoutMs?: number;
  /** The `cursor` of an activity: begin after it. Default: with the first. */
  after?: string;
  /** Go on after the session has ended: a message, a comment on its pull request or a failing check can revive it. Default `false`. */
  follow?: boolean;
  /** Leave out the activities of this originator. */
  exclude?: { originator: 'user' | 'agent' | 'system' };
}

/** The activities of a session as they come. One iteration; calls of `next` are answered in order. */
export interface ActivityStream extends AsyncIterableIterator<Activity, undefined> {
  /** The next activity. An error leaves the stream where it was: call again to go on. */
  next(): Promise<IteratorResult<Activity, undefined>>;
  /** Ends the stream. No request and no timer of it is left. */
  return(): Promise<IteratorResult<Activity, undefined>>;
  [Symbol.asyncIterator](): ActivityStream;
}

/** Which page of a list. */
export interface PageOptions extends CallOptions {
  /** Entries a page, 1 to 100. Default: as the service likes, 30 or 50. */
  pageSize?: number;
  /** The `nextPageToken` of the page before. */
  pageToken?: string;
  /** A filter in the list's own grammar, such as `create_time > "2026-08-24T10:00:00Z"` or `archived = true`. */
  filter?: string;
}

/** Options of a whole list. */
export interface ListOptions extends PageOptions {
  /** The most entries to give. Default: all. */
  limit?: number;
}

/** Options of `jules.all`. */
export interface AllOptions {
  /** How many creates are under way at once. Default 4. */
  concurrency?: number;
  /** Whether the first failure keeps the rest from beginning. Default `true`. */
  stopOnError?: boolean;
  /** Milliseconds to wait before each create but the first. Default 0. */
  delayMs?: number;
  /**
   * Aborts the batch: creates under way are aborted, no other is begun. Rejects with a `JulesBatchError` that holds the
   * sessions that were made.
   */
  signal?: AbortSignal;
  /** Milliseconds that all of it may take; the creates that it does not suffice for fail with a `TimeoutError`. Default: no limit. */
  timeoutMs?: number;
}

/** Options of a client. */
export interface JulesOptions {
  /** The API key. Default: the environment variable `JULES_API_KEY`, read at the first request. */
  apiKey?: string;
  /** Where the service is. Default `https://jules.googleapis.com/v1alpha`. In a page it may begin with `/`: a proxy of the same origin. */
  baseUrl?: string;
  /** Used instead of `globalThis.fetch`: an emulator's, an interceptor's, a proxy's. */
  fetch?: (url: string, init?: RequestInit) => Promise<Response>;
  /** Headers added to every request, such as those that a proxy wants. */
  headers?: Record<string, string>;
  /** Is told of every exchange (`debug`) and every further attempt (`warn`), such as `console`. Default: nobody. The key is in no line. */
  logger?: { debug?(message: string): void; warn?(message: string): void };
  /** Whether `result()` rejects when a session has failed. Default `false`. */
  throwOnFailure?: boolean;
  /**
   * What to do when it is not known whether a session was made or a message was sent. `'reconcile'`, the default: look
   * whether it was, and repeat it only if it was not and the service is done with it. `'throw'`: fail at once.
   */
  onUnknownOutcome?: 'reconcile' | 'throw';
  /** The numbers that the client works by. */
  config?: JulesConfig;
}

/** The numbers that a client works by. */
export interface JulesConfig {
  /** Milliseconds between two looks at a session. Default 5000. */
  pollingIntervalMs?: number;
  /** Milliseconds that one attempt of a request may take, its body included. Default 30000. */
  requestTimeoutMs?: number;
  /** How many requests are in flight at once. Default 50. */
  maxConcurrentRequests?: number;
  /** When a request is sent again. */
  rateLimitRetry?: {
    /** Milliseconds from the first attempt after which there is no other. Default 300000; 0: never again. */
    maxRetryTimeMs?: number;
    /** Milliseconds: the bound of the first delay, of which a random share is waited. It doubles each time. Default 1000. */
    baseDelayMs?: number;
    /** Milliseconds: the largest bound of a delay. Default 30000. */
    maxDelayMs?: number;
  };
}
