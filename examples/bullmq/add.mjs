/**
 * Adds the tasks of a file with lines of JSON, such as `{ "key": "issue-17", "prompt": "Fix the login test" }`, and waits for their ends.
 * The key is the job's id: a task that was added before is not added again, so the program can be repeated.
 *
 *   REDIS_URL=redis://127.0.0.1 node add.mjs tasks.jsonl
 */
import { readFileSync } from 'node:fs';

import { QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';

import { queueIn } from './sessions.mjs';

/** How many sessions may run at the same time, in all workers together: 3, 15 or 60, by your plan. */
const CONCURRENT = 15;

const redis = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const queue = queueIn(redis);
const events = new QueueEvents(queue.name, { connection: redis });
await queue.setGlobalConcurrency(CONCURRENT);
const tasks = readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const jobs = await queue.addBulk(tasks.map(({ key, ...task }) => ({ name: 'session', data: task, opts: { jobId: key } })));
await Promise.all(
  jobs.map(async (job) => {
    const end = await job.waitUntilFinished(events).catch(({ message }) => ({ status: `was given up: ${message}` }));
    console.log(job.id, end.status, end.session ?? '');
  }),
);
await Promise.all([queue.close(), events.close()]);
redis.disconnect();
