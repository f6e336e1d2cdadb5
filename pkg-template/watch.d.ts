/// <reference lib="esnext.disposable" />
import type { Bytes, SessionResource, SessionState } from './model.js';
import type { CallOptions } from './options.js';

/** Options of `jules.watch()`. */
export interface WatchOptions extends CallOptions {
  /** Continues after this event: its `cursor`, also of an earlier process. Default: the feed begins now. */
  after?: string | undefined;
  /** Only events in this state, or in one of several. Default: all. */
  state?: SessionState | SessionState[] | undefined;
  /** Only sessions of this repository, such as `owner/repo`. Default: all. */
  source?: string | undefined;
  /** Whether archived sessions are included. Default `false`. */
  archived?: boolean | undefined;
}

/** A change of a session. */
export interface SessionEvent {
  /**
   * `present`: it had not ended when the feed began. `created`: it was created, by this or another process or in the web app. `state`: it is
   * in another state, such as `awaitingPlanApproval`, or was revived. `ended`: it is `completed` or `failed`.
   */
  type: 'present' | 'created' | 'state' | 'ended';
  /** The session, in the state that the event is about. */
  session: SessionResource;
  /** Where the feed continues after this event: pass it as `after`. A text of some 60 characters for each session that has not ended. */
  cursor: string;
}

/** An async iterator over the changes of all sessions. Can be iterated once; concurrent calls of `next()` resolve in order. */
export interface SessionFeed extends AsyncIterableIterator<SessionEvent> {
  /** Resolves with the next event. After a rejection the feed keeps its position: call `next()` again to continue. */
  next(): Promise<IteratorResult<SessionEvent, undefined>>;
  /** Ends the feed and cancels its requests and timers. */
  return(): Promise<IteratorResult<SessionEvent, undefined>>;
  /**
   * Returns the remaining events as a web stream of bytes: JSON lines, or with `{ format: 'sse' }` server-sent events with the `cursor` as
   * `id`. See {@link ActivityStream.toReadableStream}.
   */
  toReadableStream(options?: { format?: 'jsonl' | 'sse' | undefined }): ReadableStream<Bytes>;
  /** Returns the feed itself; called by `for await`. */
  [Symbol.asyncIterator](): SessionFeed;
  /** Ends the feed; called by `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
