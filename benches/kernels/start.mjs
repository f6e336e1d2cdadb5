/** The start of a program: `nothing`, or `call` with a side: its import and first call. Prints what each took. */
const [, , what, side] = process.argv;

const NAMES = { ours: 'jules-wasm', theirs: '@google/jules-sdk' };
const BODY = '{"name":"sessions/1","id":"1","title":"T","prompt":"P","state":"IN_PROGRESS","createTime":"2026-10-01T00:00:00Z","updateTime":"2026-10-01T00:00:01Z","url":"https://jules.google.com/session/1"}';

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const took = {};

/** Takes the time of a piece of work, by the clock and by the processor. */
async function timed(name, work) {
  const [wall, used] = [performance.now(), cpu()];
  const result = await work();
  took[name] = { wall: performance.now() - wall, cpu: cpu() - used };
  return result;
}

if (what !== 'nothing') {
  const { connect, MemoryStorage, MemorySessionStorage } = await timed('import', () => import(NAMES[side]));
  // No Response of Node's own: to load that would be most of the time.
  const answer = { ok: true, status: 200, statusText: 'OK', headers: new Map(), text: async () => BODY, arrayBuffer: async () => new TextEncoder().encode(BODY).buffer };
  globalThis.fetch = async () => answer;
  const storageFactory = side === 'theirs' && { activity: () => new MemoryStorage(), session: () => new MemorySessionStorage() };
  const info = await timed('call', () => {
    const client = connect({ apiKey: 'key', ...(storageFactory && { storageFactory }) });
    return client.session('1').info(...(side === 'ours' ? [{ activities: false }] : []));
  });
  if (info.state !== 'inProgress') throw new Error(`the state is ${info.state}`);
}
process.stdout.write(JSON.stringify({ ...took, whole: cpu() }));
process.exit(0);
