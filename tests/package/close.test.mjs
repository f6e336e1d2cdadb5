/** `client.close()`: what it ends, what it awaits, and its report. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ClientClosedError, connect, InvalidArgumentError, JulesBatchError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';
import { memoryStore } from 'jules-wasm/stores';

/** A client of an emulator whose answers to POST requests wait for `answer()`. */
async function start() {
  const emulator = await createEmulator({ stepMs: 60_000 });
  const { promise: held, resolve: answer } = Promise.withResolvers?.() ?? deferred();
  const sent = [];
  const fetch = async (url, init) => {
    const response = await emulator.fetch(url, init);
    sent.push(init.method);
    if (init.method === 'POST') await held;
    return response;
  };
  const jules = connect({ ...emulator, fetch, config: { pollingIntervalMs: 5 } });
  return { jules, emulator: connect({ ...emulator }), sent, answer };
}

function deferred() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

const isClosed = (outcome) => (error) => {
  assert.ok(error instanceof ClientClosedError && error.code === 'client_closed', error.stack);
  assert.equal(error.outcome, outcome, error.message);
  return true;
};

const until = async (isSo) => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};

test('a create that was sent resolves, waits and streams reject, and new calls are not begun', async () => {
  const { jules, emulator, sent, answer } = await start();
  const { id } = await emulator.session({ prompt: 'Fix bug A' });
  const created = jules.run({ prompt: 'Fix bug B' });
  const waiting = assert.rejects(jules.session(id).wait({ until: 'failed', stallMs: 1e9 }).then(() => jules.session(id).result()), isClosed(undefined));
  const streaming = assert.rejects(async () => {
    for await (const activity of jules.session(id).stream({ follow: true })) assert.ok(activity.id);
  }, isClosed(undefined));
  await until(() => sent.includes('POST') && sent.filter((method) => method === 'GET').length > 3);
  const closing = jules.close();
  await Promise.all([waiting, streaming]);
  await assert.rejects(jules.run({ prompt: 'Fix bug C' }), isClosed('notSent'));
  await assert.rejects(jules.session(id).info(), isClosed('notSent'));
  await assert.rejects(jules.sessions().all(), isClosed('notSent'));
  answer();
  const run = await created;
  const { ended, ...report } = await closing;
  assert.deepEqual(report, { created: [run.id], sent: [], unknown: [] });
  assert.deepEqual(ended.map(({ sessionId }) => sessionId), [id, id]);
  assert.ok(ended.some(({ call }) => call === 'stream()'), JSON.stringify(ended));
  assert.equal(sent.filter((method) => method === 'POST').length, 1);
  assert.deepEqual(await jules.close(), { created: [run.id], sent: [], unknown: [], ended });
});

test('a create without an answer in time is unknown, with its request', async () => {
  const { jules, sent } = await start();
  const creating = assert.rejects(jules.run({ prompt: 'Fix bug A', title: 'A' }), isClosed('unknown'));
  await until(() => sent.includes('POST'));
  const { unknown, ...report } = await jules.close({ timeoutMs: 20 });
  await creating;
  assert.deepEqual(report, { created: [], sent: [], ended: [] });
  assert.deepEqual(unknown.map(({ request, candidates }) => [request.prompt, request.title, candidates]), [['Fix bug A', 'A', []]]);
});

test('all() rejects with the sessions that were created', async () => {
  const { jules, sent, answer } = await start();
  const all = jules.all(['A', 'B', 'C'], (prompt) => ({ prompt }), { concurrency: 2 });
  all.catch(() => {});
  await until(() => sent.length === 2);
  const closing = jules.close();
  answer();
  await assert.rejects(all, (error) => {
    assert.ok(error instanceof JulesBatchError, error.stack);
    assert.deepEqual(error.sessions.map((session) => typeof session?.id), ['string', 'string', 'undefined']);
    return /client was closed/.test(error.message);
  });
  assert.equal((await closing).created.length, 2);
  assert.equal(sent.length, 2);
});

test('a batch ends, and goes on with its journal in a later run', async () => {
  const { jules, emulator, sent, answer } = await start();
  const journal = memoryStore();
  const options = { key: (prompt) => prompt, journal, concurrency: 2, maxRunning: 2 };
  const batch = jules.batch(['A', 'B', 'C'], (prompt) => ({ prompt }), options);
  const ended = assert.rejects(batch.next(), isClosed(undefined));
  await until(() => sent.filter((method) => method === 'POST').length === 2);
  const closing = jules.close();
  answer();
  await ended;
  assert.equal((await closing).created.length, 2);
  await using_(emulator.batch(['A', 'B', 'C'], (prompt) => ({ prompt }), { ...options, maxRunning: 3 }), async (again) => {
    while (again.counts.running < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  });
  assert.equal((await emulator.sessions().all()).length, 3);
});

/** Without the syntax, which Node 20 does not know. */
async function using_(resource, use) {
  try {
    await use(resource);
  } finally {
    await resource[Symbol.asyncDispose]();
  }
}

test('a client that has sent nothing is closed too, by its dispose method as well', async () => {
  const jules = connect({ apiKey: 'k', fetch: () => assert.fail('no request is sent') });
  assert.deepEqual(await jules[Symbol.asyncDispose](), { created: [], sent: [], unknown: [], ended: [] });
  await assert.rejects(jules.run({ prompt: 'p' }), isClosed('notSent'));
  assert.throws(() => jules.close({ timeoutMs: -1 }), InvalidArgumentError);
  // Another client of it goes on.
  const emulator = await createEmulator();
  assert.ok((await jules.with({ ...emulator }).run({ prompt: 'p' })).id);
});
