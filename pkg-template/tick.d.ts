import type { BatchCounts, Quota } from './batch.js';
import type { SessionConfig } from './session.js';
import type { SessionState } from './model.js';

/** Options of `jules.tick`. Pass the same ones in each tick of a batch. */
export interface TickOptions<T> {
  /** The items of the batch. Some may be added later; those that are removed stay in the state. */
  items: Iterable<T>;
  /** Returns the configuration of an item's session. Called when its turn comes. What it throws costs that item (`notCreated`). */
  map: (item: T, index: number) => SessionConfig | Promise<SessionConfig>;
  /** The name of an item: a text that is different for each item and the same in each tick. */
  key: (item: T, index: number) => string;
  /**
   * The name of this run of the batch, such as `nightly-2026-11-27`. A tick without a state finds the sessions of this name, however
   * old they are. Without a name it finds those of the last hour with the same keys. Default: none.
   */
  name?: string | undefined;
  /**
   * Saves the state; awaited before each create. Resolve when the state is stored. If it rejects, nothing is created for that item,
   * and the tick rejects with a {@link JulesJournalError}. With `save` a tick need not wait for the creates of lost ticks. Default:
   * the state is only returned.
   */
  save?: ((state: TickState) => unknown) | undefined;
  /**
   * The largest number of requests of this tick, with those that are sent again. At least 2; the list takes up to four where the service
   * refuses field masks or filters. Default 40.
   */
  maxRequests?: number | undefined;
  /**
   * Milliseconds after which the tick ends. A create that is then in flight is searched for by the next ticks. Without `save` it must
   * be more than 7000. Default 30000.
   */
  maxMs?: number | undefined;
  /** The largest number of creates in flight. Default 4. */
  concurrency?: number | undefined;
  /** The largest number of sessions of this batch that run at a time. Default: no limit. */
  maxRunning?: number | undefined;
  /** The quota of the account, or the name of its plan, as in {@link BatchOptions.quota}. Default: no quota. */
  quota?: Quota | 'free' | 'pro' | 'ultra' | undefined;
  /** Ends the tick with an `AbortError`. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which the tick rejects with a `TimeoutError`, without a state. Use `maxMs` instead. Default: no timeout. */
  timeoutMs?: number | undefined;
}

/**
 * The state of a batch after a tick: plain JSON of less than 2 kB an item, besides its key. Store it, and pass it to the next tick
 * unchanged.
 */
export interface TickState {
  /** The version of this format. */
  version: 1;
  /** The tag in the titles of the batch's sessions. */
  batch: string;
  /** Grows by one each time the state is saved or returned. Compare it when you store the state, so that no tick overlaps another. */
  revision: number;
  /** Whether all items are settled. A tick with such a state sends nothing and returns it unchanged. */
  done: boolean;
  /** When the next tick is worthwhile (RFC 3339, by the service's clock). Missing if the batch is done, or the time is not known. */
  nextTickAt?: string;
  /** How many items are in which status, without `quota`. */
  counts: Omit<BatchCounts, 'quota'>;
  /** The items, in their order, then those that are no longer in the batch. */
  items: TickItem[];
  /** What the next tick must know besides. */
  internal: unknown;
}

/** An item in the state of a batch. */
export type TickItem = {
  /** Its key. */
  key: string;
} & (
  | {
      /** Its session is not created yet. */
      status: 'waiting';
    }
  | {
      /** A create was begun and is not proven: later ticks search for it. */
      status: 'creating';
    }
  | {
      /** Its session runs. */
      status: 'running';
      /** The id of its session: `jules.session(sessionId)`. */
      sessionId: string;
      /** The state of its session in this tick, such as `awaitingPlanApproval`. */
      state: SessionState;
    }
  | {
      /** Its session has ended. */
      status: 'completed' | 'failed';
      /** The id of its session: `jules.session(sessionId).result()` resolves with the outcome. */
      sessionId: string;
    }
  | {
      /** Its session was created and is not there any more. */
      status: 'waitFailed';
      /** The id of its session. */
      sessionId: string;
      /** Why. */
      error: string;
    }
  | {
      /** No session was created. To try it again, remove the item from `items` of the state. */
      status: 'notCreated';
      /** Why: the message of the service's refusal, or of what `map` has thrown. */
      error: string;
    }
  | {
      /** A session may exist. Later ticks search for it, as long as the batch is not done, and never create one. */
      status: 'unknown';
      /** The ids of the sessions that may be its own. */
      candidates: string[];
    }
);
