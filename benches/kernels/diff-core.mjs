/** Patches to files. Runs in Node and in pages. */
import { outputsOf, patchOf, session } from '../lib/bodies.mjs';
import { load, makeClient } from '../lib/clients.mjs';
import { measureTasks } from '../lib/measure.mjs';
import { StandIn } from '../lib/stand-in.mjs';

const BASE = 'https://jules.invalid/v1alpha';

const SIZES = { '10 kB': 10_000, '1 MB': 1_000_000 };

const counts = (files) => files.map(({ path, changeType, additions, deletions }) => ({ path, changeType, additions, deletions }));

/** The official SDK omits the last line end, and returns the added lines as the content of changed files. */
const created = (files) =>
  files.filter(({ changeType }) => changeType === 'created').map(({ path, content }) => ({ path, content: content.replace(/\n$/, '') }));

/** Reads every field of each file, so that no work is deferred. */
const touch = (files) => {
  let total = 0;
  for (const file of files) total += file.path.length + file.additions + file.deletions + file.changeType.length;
  return total ? files : [];
};

const touchContent = (files) => {
  let total = 0;
  // Reads a character, since engines may concatenate strings only then.
  for (const { path, content = '' } of files) total += path.length + (content.charCodeAt(content.length - 1) || 0);
  return total ? files : [];
};

function tasksOf(name, bytes) {
  const patch = patchOf(bytes, 5);
  const done = session(1, { state: 'COMPLETED', outputs: outputsOf(patch) });
  const standIn = new StandIn({ sessions: [done] });
  const outcome = async (client) => {
    const inner = globalThis.fetch;
    globalThis.fetch = standIn.fetch;
    try {
      return await client.session(done.id).result();
    } finally {
      globalThis.fetch = inner;
    }
  };
  return [
    {
      what: `${name}: parsed(): paths, kinds, counts of lines`,
      prepare: async (client) => (await outcome(client)).changeSet(),
      run: (_, changeSet) => touch(changeSet.parsed().files),
      check: counts,
    },
    {
      what: `${name}: generatedFiles() with the contents of new files`,
      prepare: outcome,
      run: (_, prepared) => touchContent(prepared.generatedFiles().all()),
      check: created,
    },
    { what: `${name}: parseUnidiff(text)`, run: ({ parseUnidiff }) => touch(parseUnidiff(patch)), check: counts },
    {
      what: `${name}: from the answer's bytes: result() and parsed()`,
      run: async (client) => touch((await outcome(client)).changeSet().parsed().files),
      check: counts,
    },
  ];
}

export async function measure(options) {
  const clients = {};
  for (const side of ['ours', 'theirs']) {
    const client = await makeClient(side, { baseUrl: BASE });
    const { parseUnidiff } = await load(side);
    clients[side] = { session: (id) => client.session(id), parseUnidiff };
  }
  const tasks = Object.entries(SIZES).flatMap(([name, bytes]) => tasksOf(name, bytes));
  return measureTasks(tasks, clients, options);
}
