/** How `close()` waits. */
export interface CloseOptions {
  /**
   * Milliseconds for which the answers to requests that were sent are awaited: those that create a session, send a message or change a
   * session. Default 8000, since Docker kills a container ten seconds after SIGTERM. `Infinity`: until all are there, each within
   * `requestTimeoutMs`. With 0 nothing is awaited.
   */
  timeoutMs?: number | undefined;
}

/** What was under way when a client was closed, and what became of it. Plain data. */
export interface CloseReport {
  /** The ids of the sessions that were created meanwhile. Their calls have resolved with them too. */
  created: string[];
  /** The ids of the sessions to which a message was sent meanwhile, once for each message. */
  sent: string[];
  /** The creates and messages of which it is unknown whether they were carried out. Check this before you send them again. */
  unknown: UnknownOperation[];
  /**
   * The calls that were ended: waits, streams and reads, and creates and messages that were not sent. For a batch: one entry for each
   * session whose end it waited for, and one for the batch.
   */
  ended: EndedCall[];
}

/** A create or a message that may have been carried out. */
export interface UnknownOperation {
  /** The id of the session to which the message was sent. Missing for a create. */
  sessionId?: string;
  /** The body of the request. */
  request: Record<string, unknown>;
  /** The ids of sessions or activities that may be its result. */
  candidates: string[];
}

/** A call that was ended by the close of its client. */
export interface EndedCall {
  /** Its name, such as `result()`. */
  call: string;
  /** The id of its session. Missing for a call without one. */
  sessionId?: string;
}
