/** Whole calls over a connection: what one costs the process, and how long it takes. */
import { makeClient } from '../lib/clients.mjs';
import { cpuMicros, kernel } from '../lib/kernel.mjs';

const CALLS = {
  /** A wait that looks as fast as it may; `per` looks until the session has ended. */
  wait: async (client, { baseUrl, id }) => {
    await (await fetch(`${baseUrl}/begin`)).arrayBuffer();
    return client.session(id).result();
  },
  activities: (client, { id }) => client.session(id).activities.list({ pageSize: 100 }),
  sessions: (client, { side }) => client.sessions({ pageSize: 100, ...(side === 'theirs' && { persist: false }) }),
};

kernel(async (input) => {
  const { side, baseUrl, call, count, warmUp, per = 1 } = input;
  const client = await makeClient(side, { baseUrl, interval: 1 });
  let result;
  const repeat = async (times) => {
    for (let index = 0; index < times; index++) result = await CALLS[call](client, input);
  };
  await repeat(warmUp);
  const begin = performance.now();
  const used = cpuMicros();
  await repeat(count);
  const cpu = (cpuMicros() - used) / count / per;
  const wall = (1000 * (performance.now() - begin)) / count / per;
  const found = (result.activities ?? result.sessions ?? [{ id: result.sessionId }]).map(({ id }) => id);
  return { cpu, wall, found };
});
