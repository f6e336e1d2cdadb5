/**
 * The same faults for this package and for the official SDK 0.2.0, over HTTP, each against an emulator of its own:
 * how many sessions the service has at the end, how many of them the caller knows, and how long a call hangs.
 *
 *   npm run bench -- faults
 */
import { connect as connectOfficial, MemorySessionStorage, MemoryStorage } from '@google/jules-sdk';
import { connect } from 'jules-wasm';

import { serve } from '../pkg/bin/server.js';

const CREATES = 100;
const HANG_MS = 3000;
const RETRY = { maxRetryTimeMs: 20_000, baseDelayMs: 5, maxDelayMs: 50 };

const CLIENTS = {
  'jules-wasm': (baseUrl) => connect({ apiKey: 'key', baseUrl, config: { pollingIntervalMs: 5, requestTimeoutMs: 500, rateLimitRetry: RETRY } }),
  '@google/jules-sdk 0.2.0': (baseUrl) =>
    connectOfficial({
      apiKey: 'key',
      baseUrl,
      config: { pollingIntervalMs: 5, requestTimeoutMs: 500, rateLimitRetry: RETRY },
      storageFactory: { activity: () => new MemoryStorage(), session: () => new MemorySessionStorage() },
    }),
};

/** Every fifth create has this fault. */
const everyFifth = (fault) => Array.from({ length: CREATES / 5 }, (_, i) => ({ on: 'create', after: 4 + 5 * i, fault }));

const CREATE_FAULTS = {
  'carried out, then 503': everyFifth({ status: 503, committed: true }),
  'carried out, then 504': everyFifth({ status: 504, committed: true }),
  'carried out, then a reset': everyFifth({ reset: true, committed: true }),
  'carried out, then 400 FAILED_PRECONDITION': everyFifth({ failedPrecondition: true, committed: true }),
  'carried out, half a body': everyFifth({ cutBody: true, committed: true }),
  'not carried out, 503': everyFifth({ status: 503 }),
  'refused, 429 with Retry-After: 0': everyFifth({ status: 429, retryAfter: 0 }),
};

/** Creates a hundred sessions, ten at a time; returns what the service has and what the caller knows. */
async function createMany(client, emulator) {
  const known = new Set();
  let unclear = 0;
  let lost = 0;
  let next = 0;
  const worker = async () => {
    while (next < CREATES) {
      const prompt = `task ${next++}`;
      try {
        known.add((await client.run({ prompt })).id);
      } catch (error) {
        if (error.code === 'unknown_outcome') unclear++;
        else lost++;
      }
    }
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  const created = emulator.sessions();
  const orphans = created.filter(({ id }) => !known.has(id)).length;
  return { created: created.length, known: known.size, orphans, unclear, lost };
}

/** The end of a wait; "hangs" if it has not ended after some seconds. */
async function settle(promise) {
  let timer;
  const hang = new Promise((resolve) => (timer = setTimeout(resolve, HANG_MS, 'hangs')));
  const ended = promise.then((outcome) => `ends: ${outcome?.state ?? outcome}`, (error) => `fails: ${error.constructor.name}`);
  return Promise.race([ended, hang]).finally(() => clearTimeout(timer));
}

const WAITS = {
  'one lost connection while result() waits': {
    faults: [{ on: 'get', after: 3, fault: { reset: true } }],
    wait: async (run) => run.result(),
  },
  'a stream of a session that ends': {
    faults: [],
    wait: async (run) => {
      let count = 0;
      for await (const activity of run.stream()) count += activity ? 1 : 0;
      return `${count} activities`;
    },
  },
  'a session that fails': { faults: [], prompt: 'p [emulator: fail]', wait: async (run) => run.result() },
  'activities that no client knows yet': {
    faults: [],
    prompt: 'p [emulator: future]',
    wait: async (run, client) => {
      const session = client.session(run.id);
      await run.result();
      const { activities } = await session.activities.list();
      return `${activities.length} activities`;
    },
  },
};

async function withServer(options, use) {
  const server = await serve({ port: 0, apiKey: 'key', stepMs: 10, ...options });
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export async function faults() {
  const creates = [];
  for (const [what, rules] of Object.entries(CREATE_FAULTS)) {
    const row = [what];
    for (const make of Object.values(CLIENTS)) {
      const result = await withServer({ faults: rules }, ({ baseUrl, emulator }) => createMany(make(baseUrl), emulator));
      const { created, known, orphans, unclear, lost } = result;
      row.push(`${created} created, ${known} known, ${orphans} unknown to the caller, ${unclear} unknown outcomes, ${lost} other errors`);
    }
    creates.push(row);
  }
  const waits = [];
  for (const [what, { faults: rules, prompt = 'p', wait }] of Object.entries(WAITS)) {
    const row = [what];
    for (const make of Object.values(CLIENTS)) {
      row.push(await withServer({ faults: rules }, async ({ baseUrl }) => {
        const client = make(baseUrl);
        return settle(client.run({ prompt }).then((run) => wait(run, client)));
      }));
    }
    waits.push(row);
  }
  console.log(`${CREATES} creates, ten at a time; every fifth meets the fault:\n`);
  console.log(table(['fault', ...Object.keys(CLIENTS)], creates));
  console.log(`\nWaits ("hangs": not ended after ${HANG_MS} ms; the session takes a tenth of that):\n`);
  console.log(table(['what', ...Object.keys(CLIENTS)], waits));
}
