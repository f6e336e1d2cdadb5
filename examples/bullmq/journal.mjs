/**
 * The journal of a job: a hash in Redis with a field for each record. Only the worker that holds the job can write it. A worker that was
 * suspended, and whose job was handed to another one meanwhile, can write nothing, and so creates nothing.
 */
import { keyValueStore } from 'jules-wasm/stores';

const WRITE = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('NOTHELD this worker no longer holds the job') end
  return redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])`;

/** @param {string} lock the key of the job's lock; its value is `job.token` while this worker holds the job */
export function journalOf(job, redis, lock) {
  const journal = `jules:journal:${job.id}`;
  return keyValueStore({
    get: (key) => redis.hget(journal, key),
    put: (key, record) => redis.eval(WRITE, 2, lock, journal, job.token, key, record),
    list: async () => ({ keys: (await redis.hkeys(journal)).map((name) => ({ name })), list_complete: true }),
  });
}
