/** The start of a program. `what`: nothing, `import` or `call`; the module of a side. Prints what it took by itself. */
const [, , what, side] = process.argv;

const NAMES = { ours: 'jules-wasm', theirs: '@google/jules-sdk' };
const BODY = '{"name":"sessions/1","id":"1","title":"T","prompt":"P","state":"IN_PROGRESS","createTime":"2026-10-01T00:00:00Z","updateTime":"2026-10-01T00:00:01Z","url":"https://jules.google.com/session/1"}';

if (what !== 'nothing') {
  const { connect, MemoryStorage, MemorySessionStorage } = await import(NAMES[side]);
  if (what === 'call') {
    // No Response of Node's own: to load that would be most of the time.
    const answer = { ok: true, status: 200, statusText: 'OK', headers: new Map(), text: async () => BODY, arrayBuffer: async () => new TextEncoder().encode(BODY).buffer };
    globalThis.fetch = async () => answer;
    const storageFactory = side === 'theirs' && { activity: () => new MemoryStorage(), session: () => new MemorySessionStorage() };
    const client = connect({ apiKey: 'key', ...(storageFactory && { storageFactory }) });
    const info = await client.session('1').info(...(side === 'ours' ? [{ activities: false }] : []));
    if (info.state !== 'inProgress') throw new Error(`the state is ${info.state}`);
  }
}
const { user, system } = process.cpuUsage();
process.stdout.write(JSON.stringify({ cpu: (user + system) / 1000 }));
process.exit(0);
