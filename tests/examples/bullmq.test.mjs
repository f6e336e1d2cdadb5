/**
 * The example of BullMQ on a real Redis, with workers that are killed with SIGKILL. In the environment are JULES_TEST_REDIS and
 * JULES_TEST_REDIS_LIBRARIES, JULES_TEST_KILLS, the number of kills, and JULES_TEST_SEED, which replays their instants as far as the
 * machine allows.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { connect } from 'jules-wasm';

import { startEmulator } from '../package/support/emulator-program.mjs';
import { project, runProgram } from '../package/tools.mjs';
import { startRedis } from './support/redis.mjs';

const folder = join(project, 'examples', 'bullmq');
const program = fileURLToPath(new URL('support/bullmq-worker.mjs', import.meta.url));
const { Redis } = createRequire(join(folder, 'sessions.mjs'))('ioredis');
const { queueIn } = await import(pathToFileURL(join(folder, 'sessions.mjs')).href);

const KILLS = Number(process.env.JULES_TEST_KILLS ?? 40);
const SEED = Number(process.env.JULES_TEST_SEED ?? Date.now() % 2 ** 31);

/** Numbers from 0 to 1. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A Redis, an emulator, the queue in it, and a function that starts a worker. */
async function open(t, stepMs) {
  const socket = await startRedis(t);
  const { baseUrl, apiKey } = await startEmulator(t, '--step-ms', String(stepMs));
  const redis = new Redis(socket, { maxRetriesPerRequest: null });
  const queue = queueIn(redis);
  const workers = new Set();
  t.after(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await queue.close();
    redis.disconnect();
  });
  const startWorker = async (options) => {
    const settings = JSON.stringify({ folder, socket, baseUrl, apiKey, options });
    const worker = spawn(process.execPath, [program, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
    workers.add(worker);
    await Promise.race([once(worker.stdout, 'data'), once(worker, 'exit')]);
    return worker;
  };
  return { socket, baseUrl, apiKey, redis, queue, jules: connect({ baseUrl, apiKey }), startWorker };
}

const jobsOf = (count) =>
  Array.from({ length: count }, (_, index) => ({ name: 'session', data: { prompt: 'The same for all' }, opts: { jobId: `task-${index}` } }));

/** Waits until all jobs have ended. */
async function drained(queue, count) {
  for (;;) {
    const { completed, failed } = await queue.getJobCounts('completed', 'failed');
    if (completed + failed === count) return;
    await delay(100);
  }
}

/** Stops a process for a time in which its jobs are handed to other workers, and lets it go on for a moment. */
async function suspended(worker, millis) {
  worker.kill('SIGSTOP');
  await delay(millis);
  worker.kill('SIGCONT');
  await delay(200);
}

/** Each job has completed with a session of its own, and the service has no other sessions. */
async function assertEachOnce({ queue, jules }, count) {
  const jobs = await queue.getJobs(['completed'], 0, -1);
  assert.equal(jobs.length, count, `seed ${SEED}: all jobs have completed`);
  assert.ok(jobs.every(({ returnvalue }) => returnvalue.status === 'completed'), `seed ${SEED}`);
  const ids = jobs.map(({ returnvalue }) => returnvalue.session).sort();
  assert.equal(new Set(ids).size, count, `seed ${SEED}: no two jobs have the same session`);
  const all = await jules.sessions({ pageSize: 100 }).all();
  assert.deepEqual(all.map(({ id }) => id).sort(), ids, `seed ${SEED}: no other session was created`);
}

test(`each session is created once although workers are suspended, and killed ${KILLS} times`, { timeout: 240_000 + KILLS * 2_000 }, async (t) => {
  const count = Math.max(20, KILLS);
  const opened = await open(t, 30);
  const { queue, startWorker } = opened;
  const random = randomOf(SEED);
  await queue.addBulk(jobsOf(count));
  const options = { concurrency: 3, lockDuration: 1_000, stalledInterval: 500 };
  let left = KILLS;
  const lives = Array.from({ length: 4 }, async () => {
    while (left > 0) {
      const worker = await startWorker(options);
      await delay(random() * 1_500);
      if (random() < 0.3) await suspended(worker, 2_000);
      if (left-- <= 0) return;
      worker.kill('SIGKILL');
    }
    await startWorker(options);
  });
  await Promise.all(lives);
  await drained(queue, count);
  await assertEachOnce(opened, count);
});

test('one, two and four workers share the sessions', { timeout: 180_000 }, async (t) => {
  const count = 60;
  for (const workers of [1, 2, 4]) {
    await t.test(`${workers}`, async (t) => {
      const opened = await open(t, 100);
      const { queue, startWorker } = opened;
      await Promise.all(Array.from({ length: workers }, () => startWorker({ concurrency: 5 })));
      const begun = performance.now();
      await queue.addBulk(jobsOf(count));
      await drained(queue, count);
      const seconds = (performance.now() - begun) / 1_000;
      await assertEachOnce(opened, count);
      console.log(`FIGURE ${workers} workers, each 5 sessions at a time: ${count} sessions in ${seconds.toFixed(1)} s`);
    });
  }
});

test('the programs run as documented, and add a task once', { timeout: 60_000 }, async (t) => {
  const { socket, baseUrl, apiKey, jules } = await open(t, 20);
  const env = { ...process.env, REDIS_URL: socket, JULES_BASE_URL: baseUrl, JULES_API_KEY: apiKey };
  const worker = spawn(process.execPath, [join(folder, 'worker.mjs')], { env, stdio: 'inherit' });
  t.after(() => worker.kill('SIGKILL'));
  const tasks = join(folder, 'tasks.jsonl');
  writeFileSync(tasks, ['a', 'b'].map((key) => JSON.stringify({ key, prompt: `Task ${key}` })).join('\n'));
  for (let times = 0; times < 2; times++) {
    const { code, stdout, stderr } = await runProgram(process.execPath, [join(folder, 'add.mjs'), tasks], { env });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^a completed \d+$/m);
    assert.equal(stdout.trim().split('\n').length, 2);
  }
  assert.equal((await jules.sessions().all()).length, 2);
});
