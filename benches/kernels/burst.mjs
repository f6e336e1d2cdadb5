/** Waits for sessions that do not end, for some intervals; returns when each request was sent. */
import { countRequests, makeClient } from '../lib/clients.mjs';
import { kernel } from '../lib/kernel.mjs';

kernel(async ({ side, baseUrl, interval, ids, intervals }) => {
  const log = countRequests();
  const client = await makeClient(side, { baseUrl, interval });
  // Warms up: in a new process the first requests are slow, which alone would spread them.
  for (let times = 0; times < 3; times++) await Promise.all(ids.map((id) => client.session(id).activities.list({ pageSize: 1 })));
  log.length = 0;
  const begin = performance.now();
  for (const id of ids) client.session(id).result().catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, interval * intervals));
  return log.map(({ at, path, query }) => ({ at: at - begin, path, query }));
});
