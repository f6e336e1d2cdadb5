import type { AutopilotOptions } from './autopilot.js';
import type { JulesError } from './errors.js';
import type { AutomatedSession } from './session.js';
import type { JournalStore } from './stores.js';

/** The largest number of sessions of an account. Omitted limits are not kept. */
export interface Quota {
  /** Sessions in rolling 24 hours, at least 1. Failed and deleted ones count, those of others too. */
  perDay?: number | undefined;
  /** Sessions that run at a time, at least 1. */
  concurrent?: number | undefined;
}

/** Options of `jules.batch`. */
export interface BatchOptions<T> {
  /**
   * The name of an item: a text that is different for each item and the same in each run. The journal knows the item by it, and
   * the title of its session is derived from it if `map` gives none.
   */
  key: (item: T, index: number) => string;
  /**
   * Where the batch is recorded: the path of a file (Node, Deno, Bun) or a store of `jules-wasm/stores`. Default: nowhere, and
   * a batch whose process ends is lost.
   */
  journal?: string | JournalStore | undefined;
  /** Answers plans, questions and stalls of the sessions in your place. Default: they wait for you. */
  autopilot?: AutopilotOptions | undefined;
  /** The largest number of creates in flight. Default 4. */
  concurrency?: number | undefined;
  /** The largest number of sessions of this batch that run at a time. Default: no limit. */
  maxRunning?: number | undefined;
  /**
   * The quota of the account, or the name of its plan: `'free'` (15 a day, 3 at a time), `'pro'` (100, 15) or `'ultra'` (300, 60).
   * The batch then creates a session only when the quota has room, counts the sessions of others too, and tries again later what
   * the service refuses. Default: no quota, and refused creates fail after `config.rateLimitRetry.maxRetryTimeMs`.
   */
  quota?: Quota | 'free' | 'pro' | 'ultra' | undefined;
  /** Called with the counts whenever they change. What it throws ends the batch. */
  onProgress?: ((counts: BatchCounts) => unknown) | undefined;
  /** Ends the batch: nothing more is created. Sessions on the service go on; run the batch again to continue. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which the batch ends with a `TimeoutError`. Default: no timeout. */
  timeoutMs?: number | undefined;
}

/** How many items of a batch are in which status. */
export interface BatchCounts {
  /** All items. */
  total: number;
  /** Not created yet. */
  waiting: number;
  /** Being created, or searched for after a crash. */
  creating: number;
  /** Created, and not ended. */
  running: number;
  /** Ended as `completed`. */
  completed: number;
  /** Ended as `failed`. */
  failed: number;
  /** Created, but waiting for the end has failed. */
  waitFailed: number;
  /** Not created because of an error. */
  notCreated: number;
  /** A session may have been created; the lists of the service do not decide this. */
  unknown: number;
  /** How much of the quota is used, if there is one. */
  quota?:
    | {
        /** Sessions of the last 24 hours. */
        day: number;
        /** Sessions that hold a slot now. */
        running: number;
      }
    | undefined;
}

/** An item of a batch that is settled. */
export type SettledItem<T> = {
  /** Its key. */
  key: string;
  /** Its place among the items. */
  index: number;
  /** The item. */
  item: T;
} & (
  | {
      /** Its session has ended in this state; `session.result()` resolves with the outcome. */
      status: 'completed' | 'failed';
      /** Its session. */
      session: AutomatedSession;
    }
  | {
      /** Its session exists, and waiting for its end has failed, for example because it was deleted. */
      status: 'waitFailed';
      /** Its session. */
      session: AutomatedSession;
      /** Why. */
      error: JulesError;
    }
  | {
      /** No session was created. A later run with the same journal tries it again. */
      status: 'notCreated';
      /** Why: an error of this package, or what `map` has thrown. */
      error: unknown;
    }
  | {
      /**
       * A session may exist, among `error.candidates` if there are any. No run creates one for this key; later runs search for it
       * again.
       */
      status: 'unknown';
      /** What happened. */
      error: JulesError;
    }
);

/**
 * A running batch: yields each item once when it is settled, in the order of completion. It runs whether it is iterated or not.
 * Leaving the loop ends it, as does `signal`; sessions on the service go on.
 */
export interface Batch<T> extends AsyncIterableIterator<SettledItem<T>> {
  /** The counts now. */
  readonly counts: BatchCounts;
  /** Ends the batch and waits until its journal is closed. */
  return(): Promise<IteratorResult<SettledItem<T>, undefined>>;
  /** The batch itself. */
  [Symbol.asyncIterator](): Batch<T>;
  /** The same as `return()`; called by `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
