/**
 * Many waits for sessions: the memory of each, and the cost while nothing changes. The stand-in responds in the same process, so
 * its own small cost is included for both clients.
 */
import { session } from '../lib/bodies.mjs';
import { makeClient } from '../lib/clients.mjs';
import { cpuMicros, kernel } from '../lib/kernel.mjs';
import { StandIn } from '../lib/stand-in.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Bytes that are reachable: heap and buffers (wasm memory is one); without the bodies that the stand-in keeps. */
async function held(standIn) {
  for (let times = 0; times < 4; times++) {
    globalThis.gc();
    await sleep(5);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external - standIn.bodyBytes;
}

kernel(async ({ side, count, interval, ticks }) => {
  const sessions = Array.from({ length: count }, (_, index) => session(count - index));
  const standIn = new StandIn({ sessions });
  let asked = 0;
  globalThis.fetch = (url) => {
    asked++;
    return standIn.fetch(url);
  };
  const client = await makeClient(side, { baseUrl: 'https://jules.invalid/v1alpha', interval });
  // Bodies are created before anything is measured, and the client has started.
  for (const { id } of sessions) standIn.answer(`/v1alpha/sessions/${id}`);
  await client.session(sessions[0].id).waitFor('inProgress');
  const before = await held(standIn);
  asked = 0;
  const begin = performance.now();
  // Nothing is attached to the promises yet: that would be memory of ours, not of the client's.
  const waits = sessions.map(({ id }) => client.session(id).waitFor('completed'));
  await settled(() => asked, 0.7 * interval);
  const after = await held(standIn);
  // The requests of the first interval differ from later ones.
  await sleep(Math.max(0, begin + 1.1 * interval - performance.now()));
  asked = 0;
  const used = cpuMicros();
  await sleep(interval * ticks);
  const cpu = cpuMicros() - used;
  let ended = 0;
  for (const wait of waits) wait.then(() => ended++, () => ended++);
  await sleep(0);
  if (ended > 0) throw new Error(`${ended} waits ended before their sessions`);
  if (asked === 0) throw new Error('nothing was polled');
  return { bytes: (after - before) / count, cpu: cpu / ticks / count, requests: asked / ticks };
});

/** Waits until a number has stopped growing, at most for this time. */
async function settled(read, longestMs) {
  const end = performance.now() + longestMs;
  let last = -1;
  while (last !== read() && performance.now() < end) {
    last = read();
    await sleep(Math.min(60, longestMs / 4));
  }
}
