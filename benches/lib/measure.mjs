/** Times of short tasks, for both sides in one process or page, in batches that take turns. */
import { same } from './check.mjs';
import { order, SIDES } from './stats.mjs';

/**
 * Milliseconds: in Node processor time, which other programs on the machine do not change; in a page clock time.
 */
const now = globalThis.process?.cpuUsage
  ? () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    }
  : performance.now.bind(performance);

/**
 * @typedef {object} Task
 * @property {string} what
 * @property {(client: object) => Promise<unknown>} [prepare] creates the input of `run`, not timed
 * @property {(client: object, prepared: unknown) => unknown} run the timed work
 * @property {(result: unknown) => unknown} check the part of the result that must be the same for both
 * @property {() => () => void} [around] sets up for a batch, and returns what restores everything
 */

/**
 * @param {Task[]} tasks
 * @param {{ ours: object, theirs: object }} clients
 * @param {{ rounds: number, batchMs: number }} options
 * @returns {Promise<{ what: string, ours: number[], theirs: number[] }[]>} microseconds for one, by round
 */
export async function measureTasks(tasks, clients, { rounds, batchMs }) {
  const measured = [];
  for (const task of tasks) {
    const first = {};
    for (const side of SIDES) first[side] = task.check((await batch(task, clients[side], 1)).result);
    same(task.what, first.ours, first.theirs);
    const counts = {};
    for (const side of SIDES) counts[side] = await calibrate(task, clients[side], batchMs);
    const times = { ours: [], theirs: [] };
    for (let round = 0; round < rounds; round++) {
      for (const side of order(round)) times[side][round] = (await batch(task, clients[side], counts[side])).micros;
    }
    measured.push({ what: task.what, ...times });
  }
  return measured;
}

async function batch(task, client, count) {
  const prepared = [];
  if (task.prepare) for (let index = 0; index < count; index++) prepared.push(await task.prepare(client));
  const restore = task.around?.();
  let result;
  const begin = now();
  for (let index = 0; index < count; index++) result = await task.run(client, prepared[index]);
  const took = now() - begin;
  restore?.();
  return { result, micros: (1000 * took) / count };
}

/** Runs until the engine has optimized the code, then returns how many runs take the time of a batch. */
async function calibrate(task, client, batchMs) {
  let count = 1;
  let spent = 0;
  for (let tries = 0; tries < 40; tries++) {
    const begin = now();
    const { micros } = await batch(task, client, count);
    spent += now() - begin;
    const wanted = (1000 * batchMs) / micros;
    if (spent > 4 * batchMs && count >= 0.7 * wanted) break;
    count = Math.max(1, Math.min(Math.ceil(wanted), count * 4, 5000));
    if (count === 5000) break;
  }
  return count;
}
