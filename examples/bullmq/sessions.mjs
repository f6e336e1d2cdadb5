/** The queue of tasks, and its workers. A job is a batch of one item, whose key is the id of the job. */
import { Queue, Worker } from 'bullmq';

import { journalOf } from './journal.mjs';

const NAME = 'jules';

/** What fails for now is tried again after one minute, then after two, four … */
const RETRIES = { attempts: 8, backoff: { type: 'exponential', delay: 60_000 } };

export const queueIn = (redis) => new Queue(NAME, { connection: redis, defaultJobOptions: RETRIES });

/** @param options of BullMQ's `Worker`; `concurrency` is the number of sessions that this worker waits for */
export function workerIn(redis, jules, options) {
  const worker = new Worker(NAME, run, {
    connection: redis,
    concurrency: 20,
    // How often a job may lose its worker before it is given up. The default is once.
    maxStalledCount: 1_000,
    ...options,
  });

  async function run(job) {
    const journal = journalOf(job, redis, `${worker.toKey(job.id)}:lock`);
    const batch = jules.batch([job.data], (task) => task, { key: () => job.id, journal });
    for await (const { status, session, error } of batch) {
      if (status === 'completed' || status === 'failed') return { status, session: session.id };
      throw error ?? new Error(`the status is ${status}`);
    }
  }

  worker.on('failed', (job, error) => console.error(`${job?.id}: ${error.message}`));
  // Among them are losses of the connection, after which BullMQ connects again.
  worker.on('error', (error) => console.error(error.message));
  return worker;
}
