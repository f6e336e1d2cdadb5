/** Fault injection: which requests to the emulator fail, and how. */

/**
 * A fault rule: which requests fail, and how. Rules apply in their order. If several rules match a request, the first one
 * applies, and the others apply to later requests.
 *
 * @example
 * ```ts
 * import { connect } from 'jules-wasm';
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const emulator = await createEmulator({
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
  /** The requests that it matches; `activities` and `sources` include lists and single resources. Default `any`. */
  on?: 'create' | 'get' | 'list' | 'send' | 'approve' | 'activities' | 'archive' | 'delete' | 'sources' | 'any';
  /** How many matching requests succeed first. Default 0. */
  after?: number;
  /**
   * How many matching requests then fail. Default 1; `always` for conditions (`notFoundFor`, `listLagMs`, `activityLagMs`,
   * `shuffledPages`, `emptyPages`, `maxPageSize`) and with `probability`.
   */
  times?: number | 'always';
  /** The probability with which each of them fails, 0 to 1, determined by the seed. Default 1. */
  probability?: number;
  /** The fault. */
  fault: EmulatorFault;
}

/**
 * With `committed: true` the service carries out the request although it fails: the session is created or the message sent,
 * and then the response is an error. Default false: nothing is done. Whether the service ever does this with 429 or with
 * `Retry-After` is unknown; with 400 FAILED_PRECONDITION it was observed. A request that the service itself rejects (an
 * unknown field, a create beyond the quota) is never carried out; the fault's response hides that error.
 *
 * @example
 * ```ts
 * import { connect } from 'jules-wasm';
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const emulator = await createEmulator({
 *   clock: 'virtual',
 *   faults: [{ on: 'create', fault: { status: 504, committed: true } }],
 * });
 * const jules = connect({ ...emulator, onUnknownOutcome: 'throw' });
 * const error = await jules.run({ prompt: 'Write hello.ts' }).catch((reason) => reason);
 * console.log(error.outcome, emulator.sessions().length);
 * ```
 */
export interface EmulatorFaultCommit {
  /** Whether the service carries out the request. Default false. */
  committed?: boolean;
}

/** A delay of the response. */
export interface EmulatorFaultDelay {
  /** By how many milliseconds the response is delayed. Default 0. With a virtual clock the delay takes no real time. */
  delayMs?: number;
}

/** The format of an error, if it differs from the service's own. */
export interface EmulatorFaultEnvelope {
  /**
   * `array`: the usual object in an array, `[{"error": {…}}]`, as in streamed or batched responses of Google's front ends.
   * `oauth`: a code and a description, `{"error": "invalid_request", "error_description": "…"}`, as from token endpoints.
   * Default: the service's own format, `{"error": {…}}`.
   */
  envelope?: 'array' | 'oauth';
}

/**
 * A fault: one of these.
 *
 * @example
 * ```ts
 * import { createEmulator } from 'jules-wasm/emulator';
 *
 * const { fetch, baseUrl, apiKey } = await createEmulator({
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
  | (EmulatorFaultCommit & EmulatorFaultDelay & EmulatorFaultEnvelope & {
      /** The service's error of this HTTP status, 400 to 599; with `html` also 200. */
      status: number;
      /** The value of the header `Retry-After`: seconds, or a date. */
      retryAfter?: number | string;
      /** The delay of a RetryInfo detail, such as `1.5s`. */
      retryInfo?: string;
      /** Whether the body is an HTML page, as from a proxy. Default false. */
      html?: boolean;
    })
  | (EmulatorFaultCommit & EmulatorFaultDelay & {
      /** The HTTP status, 200 or 400 to 599. */
      status: number;
      /** The body, for responses of proxies and other intermediaries: a string is sent unchanged (`text/plain`), anything else as JSON. */
      body: unknown;
      /** The value of the header `Retry-After`: seconds, or a date. */
      retryAfter?: number | string;
    })
  | (EmulatorFaultCommit & EmulatorFaultDelay & {
      /** An HTML page with status 502. */
      html: true;
      /** The value of the header `Retry-After`: seconds, or a date. */
      retryAfter?: number | string;
    })
  | (EmulatorFaultCommit & EmulatorFaultDelay & EmulatorFaultEnvelope & {
      /** The service's error 400 FAILED_PRECONDITION. */
      failedPrecondition: true;
    })
  | (EmulatorFaultDelay & EmulatorFaultEnvelope & {
      /**
       * 400 INVALID_ARGUMENT, "API key not valid. Please pass a valid API key.", with an ErrorInfo of the reason
       * `API_KEY_INVALID`, whatever the key: the error of most Google services for a wrong key. The Jules service is known to
       * answer 401, which the emulator does for any key other than `apiKey`.
       */
      invalidApiKey: true;
    })
  | (EmulatorFaultCommit & EmulatorFaultDelay & {
      /** The connection is lost: `fetch` rejects with a TypeError whose cause has the code ECONNRESET. */
      reset: true;
    })
  | (EmulatorFaultDelay & {
      /** The connection is refused (ECONNREFUSED): the request was not sent. Over HTTP the connection is closed. */
      refuse: true;
    })
  | (EmulatorFaultCommit & {
      /** No response arrives until the request's signal aborts. */
      hang: true;
    })
  | (EmulatorFaultCommit & EmulatorFaultDelay & {
      /** Half of the body arrives, then the connection is lost. */
      cutBody: true;
    })
  | (EmulatorFaultDelay & {
      /** A redirect (302) to this URL. */
      redirect: string;
    })
  | {
      /** The right response, delayed by this many milliseconds. */
      delayMs: number;
    }
  | {
      /** Requests for a session answer 404 for this many milliseconds after its creation. */
      notFoundFor: number;
    }
  | {
      /** New sessions (`on: 'list'`) and activities (`on: 'activities'`) are listed this many milliseconds late. */
      listLagMs: number;
    }
  | {
      /**
       * Each activity is listed after its own delay of 0 to this many milliseconds, determined by the seed: possibly after newer
       * ones, and after the session's state and `updateTime` have changed. For `on: 'activities'`. Whether the service ever does
       * this is unknown; the client supports delays of up to a minute (60000).
       */
      activityLagMs: number;
    }
  | {
      /** The activities of a page are not in chronological order. For `on: 'activities'`. */
      shuffledPages: true;
    }
  | {
      /**
       * The service's clock, with its Date header and all times, differs by this many milliseconds. The rule has no other
       * members.
       */
      skewMs: number;
    }
  | {
      /** An empty page with a token precedes each page of a list. */
      emptyPages: true;
    }
  | {
      /** Pages have at most this many entries, whatever the request's page size. */
      maxPageSize: number;
    };
