/** What goes wrong at the emulated service, and when. */

/**
 * Which requests go wrong, and how. Rules are asked in their order; of several that would strike a request the first
 * does, and the others are kept for later ones.
 *
 * @example
 * ```ts
 * import { connect } from 'jules-wasm';
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const emulator = createEmulator({
 *   clock: 'virtual',
 *   faults: [
 *     { on: 'get', times: 2, fault: { status: 503, retryAfter: 0 } },
 *     { on: 'activities', probability: 0.1, fault: { reset: true } },
 *     { on: 'list', fault: { listLagMs: 5000 } },
 *   ],
 * });
 * const jules = connect({ ...emulator, config: { pollingIntervalMs: 1, rateLimitRetry: { baseDelayMs: 1 } } });
 * const run = await jules.run({ prompt: 'Write hello.ts' });
 * console.log((await run.result()).state, emulator.requests.filter(({ fault }) => fault).length);
 * ```
 */
export interface EmulatorFaultRule {
  /** The requests that it is about; `activities` and `sources` are lists and single ones. Default `any`. */
  on?: 'create' | 'get' | 'list' | 'send' | 'approve' | 'activities' | 'archive' | 'delete' | 'sources' | 'any';
  /** How many of them pass first. Default 0. */
  after?: number;
  /**
   * How many then go wrong. Default 1; `always` for what lasts (`notFoundFor`, `listLagMs`, `activityLagMs`,
   * `shuffledPages`, `emptyPages`, `maxPageSize`) and with `probability`.
   */
  times?: number | 'always';
  /** How likely each of them is to go wrong, 0 to 1; it follows from the seed. Default 1. */
  probability?: number;
  /** What goes wrong. */
  fault: EmulatorFault;
}

/**
 * Whether the request is carried out all the same. Default false: nothing was done. With it a refusal is no proof: the
 * session is created, the message sent, and then the answer says otherwise. Whether the service ever answers so with 429
 * or with `Retry-After` is unknown; with 400 FAILED_PRECONDITION it was seen to. What the service itself refuses (an
 * unknown field, a create beyond the quota) is not done in either case, and the fault's answer hides that.
 *
 * @example
 * ```ts
 * import { connect } from 'jules-wasm';
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const emulator = createEmulator({
 *   clock: 'virtual',
 *   faults: [{ on: 'create', fault: { status: 504, committed: true } }],
 * });
 * const jules = connect({ ...emulator, onUnknownOutcome: 'throw' });
 * const error = await jules.run({ prompt: 'Write hello.ts' }).catch((reason) => reason);
 * console.log(error.outcome, emulator.sessions().length);
 * ```
 */
interface Committable {
  committed?: boolean;
}

/** Milliseconds by which the answer is late. Default 0. On a virtual clock that moves by itself no time passes for that. */
interface Delayable {
  delayMs?: number;
}

/** The form of an error, where it is not the service's own. */
interface Enveloped {
  /**
   * `array`: the usual object in a list, `[{"error": {…}}]`, as Google's front ends give that stream or batch. `oauth`: a
   * word and a text, `{"error": "invalid_request", "error_description": "…"}`, as those give that issue tokens. Default:
   * the service's own form, `{"error": {…}}`.
   */
  envelope?: 'array' | 'oauth';
}

/**
 * What goes wrong: one of these.
 *
 * @example
 * ```ts
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const { fetch, baseUrl, apiKey } = createEmulator({
 *   faults: [
 *     { fault: { invalidApiKey: true } },
 *     { fault: { status: 503, envelope: 'array' } },
 *     { fault: { status: 404, body: { code: 5, message: 'not found', details: [] } } },
 *   ],
 * });
 * for (let request = 0; request < 3; request++) {
 *   const response = await fetch(`${baseUrl}/sources`, { headers: { 'x-goog-api-key': apiKey } });
 *   console.log(response.status, await response.text());
 * }
 * ```
 */
export type EmulatorFault =
  /**
   * An error of this HTTP status, 400 to 599, in the service's words. `retryAfter` is the header's value (seconds, or a
   * date), `retryInfo` the delay of a RetryInfo detail, such as `1.5s`. With `html` it is a page for people instead, as
   * of something in between; then `status` may be 200 too.
   */
  | (Committable & Delayable & Enveloped & { status: number; retryAfter?: number | string; retryInfo?: string; html?: boolean })
  /**
   * An answer of this HTTP status, 200 or 400 to 599, with this body: a text as it stands (`text/plain`), anything else as
   * JSON. For whatever form something in between may give.
   */
  | (Committable & Delayable & { status: number; body: unknown; retryAfter?: number | string })
  /** The same with status 502 and a page for people. */
  | (Committable & Delayable & { html: true; retryAfter?: number | string })
  /** 400 FAILED_PRECONDITION, in the service's words. */
  | (Committable & Delayable & Enveloped & { failedPrecondition: true })
  /**
   * 400 INVALID_ARGUMENT, "API key not valid. Please pass a valid API key.", with an ErrorInfo of the reason
   * `API_KEY_INVALID`, whatever the key: so most of Google's services refuse a wrong one. Of this service 401 is known,
   * which the emulator answers by itself to a key that is not `apiKey`.
   */
  | (Delayable & Enveloped & { invalidApiKey: true })
  /** The connection breaks: `fetch` rejects with a TypeError whose cause has the code ECONNRESET. */
  | (Committable & Delayable & { reset: true })
  /** There is no connection (ECONNREFUSED): the request was not sent. Over HTTP the connection is closed. */
  | (Delayable & { refuse: true })
  /** No answer, until the request's signal aborts. */
  | (Committable & { hang: true })
  /** Half of the body comes, then the connection breaks. */
  | (Committable & Delayable & { cutBody: true })
  /** Another address (302). */
  | (Delayable & { redirect: string })
  /** The right answer, late. */
  | { delayMs: number }
  /** A session is 404 to all that names it for its first milliseconds. */
  | { notFoundFor: number }
  /** New sessions (`on: 'list'`) and activities (`on: 'activities'`) are listed only that many milliseconds later. */
  | { listLagMs: number }
  /**
   * Each activity is listed only after a delay of its own, 0 to that many milliseconds, which follows from the seed: also
   * after newer ones, and after the session's state and `updateTime` have moved. For `on: 'activities'`. Whether the
   * service ever does so is unknown; a minute (60000) is what the client is made for.
   */
  | { activityLagMs: number }
  /** The activities of a page come in another order than that of their times. For `on: 'activities'`. */
  | { shuffledPages: true }
  /** The service's clock, its Date header and all its times are off: early if negative. Without other members in the rule. */
  | { skewMs: number }
  /** Before each page of a list comes an empty one with a token. */
  | { emptyPages: true }
  /** Pages hold no more than that, whatever is asked for. */
  | { maxPageSize: number };
