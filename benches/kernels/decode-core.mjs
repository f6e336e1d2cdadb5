/** From the bytes of a response to the objects that the caller gets, without a network. Runs in Node and in pages. */
import { lightActivities, mixedActivities, session } from '../lib/bodies.mjs';
import { makeClient } from '../lib/clients.mjs';
import { measureTasks } from '../lib/measure.mjs';
import { StandIn } from '../lib/stand-in.mjs';

const BASE = 'https://jules.invalid/v1alpha';

/** Reads every field of an activity, as a program that shows or stores it. */
function readAll({ activities }) {
  let length = 0;
  for (const activity of activities) {
    length += activity.id.length + activity.createTime.length + activity.originator.length;
    length += (activity.title ?? activity.message ?? '').length + (activity.description ?? '').length;
    for (const artifact of activity.artifacts) {
      if (artifact.type === 'changeSet') length += artifact.gitPatch.unidiffPatch.length;
      else if (artifact.type === 'media') length += artifact.data.length;
      else if (artifact.type === 'bashOutput') length += artifact.stdout.length;
    }
  }
  return length;
}

const outline = ({ activities }) =>
  activities.map(({ id, type, originator, title, message, description, artifacts }) => ({
    id, type, originator, title, message, description, artifacts: artifacts.map((artifact) => artifact.type),
  }));

const use = (standIn) => () => {
  const inner = globalThis.fetch;
  globalThis.fetch = standIn.fetch;
  return () => {
    globalThis.fetch = inner;
  };
};

function tasks() {
  const { id } = session(1);
  const light = new StandIn({ activities: lightActivities(100) });
  const mixed = new StandIn({ activities: mixedActivities(100) });
  const many = new StandIn({ sessions: Array.from({ length: 100 }, (_, index) => session(100 - index)) });
  const list = (client) => client.session(id).activities.list({ pageSize: 100 });
  return [
    { what: 'a list of 100 light activities, about 300 B each', around: use(light), run: list, check: outline },
    { what: 'a list of 100 mixed activities (20 patches of 20–50 kB, 3 screenshots), to objects', around: use(mixed), run: list, check: outline },
    {
      what: 'the same, every patch, screenshot and text read',
      around: use(mixed),
      run: async (client) => readAll(await list(client)),
      check: (length) => length,
    },
    {
      what: 'a list of 100 sessions',
      around: use(many),
      run: (client) => client.sessions(),
      check: ({ sessions }) => sessions.map(({ id, state, title, prompt }) => ({ id, state, title, prompt })),
    },
  ];
}

export async function measure(options) {
  const clients = {};
  for (const side of ['ours', 'theirs']) clients[side] = { side, ...(await readsOf(side)) };
  return measureTasks(tasks(), clients, options);
}

async function readsOf(side) {
  const client = await makeClient(side, { baseUrl: BASE });
  // The official SDK also stores what it lists, unless that is turned off.
  const listing = side === 'ours' ? { pageSize: 100 } : { pageSize: 100, persist: false };
  return { session: (id) => client.session(id), sessions: async () => client.sessions(listing) };
}
