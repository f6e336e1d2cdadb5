/** Whole calls over a connection: the processor time and the duration of one. */
import { makeClient } from '../lib/clients.mjs';
import { cpuMicros, kernel } from '../lib/kernel.mjs';

const CALLS = {
  activities: (client, { id }) => client.session(id).activities.list({ pageSize: 100 }),
  sessions: (client, { side }) => client.sessions({ pageSize: 100, ...(side === 'theirs' && { persist: false }) }),
};

kernel(async (input) => {
  const { side, baseUrl, call, count, warmUp } = input;
  const client = await makeClient(side, { baseUrl, });
  let result;
  const repeat = async (times) => {
    for (let index = 0; index < times; index++) result = await CALLS[call](client, input);
  };
  await repeat(warmUp);
  const begin = performance.now();
  const used = cpuMicros();
  await repeat(count);
  const cpu = (cpuMicros() - used) / count;
  const wall = (1000 * (performance.now() - begin)) / count;
  const found = (result.activities ?? result.sessions).map(({ id }) => id);
  return { cpu, wall, found };
});
