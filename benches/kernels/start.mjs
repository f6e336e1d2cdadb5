/**
 * The start of a program: `nothing`; `fetch`, one bare request; or `ours` or `theirs`, the import and the first call.
 * Prints what each took.
 */
const [, , what, baseUrl] = process.argv;

const NAMES = { ours: 'jules-wasm', theirs: '@google/jules-sdk' };

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const took = {};

/** Measures the duration and the processor time of a piece of work. */
async function timed(name, work) {
  const [wall, used] = [performance.now(), cpu()];
  const result = await work();
  took[name] = { wall: performance.now() - wall, cpu: cpu() - used };
  return result;
}

if (what === 'fetch') {
  await timed('call', async () => (await fetch(`${baseUrl}/sessions/1`)).json());
} else if (what !== 'nothing') {
  const { connect, MemoryStorage, MemorySessionStorage } = await timed('import', () => import(NAMES[what]));
  const storageFactory = what === 'theirs' && { activity: () => new MemoryStorage(), session: () => new MemorySessionStorage() };
  const info = await timed('call', () => {
    const client = connect({ apiKey: 'key', baseUrl, ...(storageFactory && { storageFactory }) });
    return client.session('1').info(...(what === 'ours' ? [{ activities: false }] : []));
  });
  if (info.state !== 'inProgress') throw new Error(`the state is ${info.state}`);
}
process.stdout.write(JSON.stringify({ ...took, whole: cpu() }), () => process.exit(0));
