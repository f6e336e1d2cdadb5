/** `jules.watch()`: one feed of changes of all sessions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AbortError, ClientClosedError, connect, InvalidArgumentError, TimeoutError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

/** A client, and another one of the same account. */
async function start(options) {
  const emulator = await createEmulator({ stepMs: 20, ...options });
  const client = () => connect({ ...emulator, config: { pollingIntervalMs: 5 } });
  return { emulator, jules: client(), other: client() };
}

const shown = ({ type, session }) => `${type} ${session.state} ${session.prompt}`;

test('sessions are seen from their creation to their end, each change once', async () => {
  const { jules, other } = await start();
  await other.run({ prompt: 'A' });
  const events = [];
  for await (const event of jules.watch()) {
    events.push(event);
    if (events.length === 1) await other.run({ prompt: 'B' });
    if (events.filter(({ type }) => type === 'ended').length === 2) break;
  }
  const lines = events.map(shown);
  assert.match(lines[0], /^present \w+ A$/);
  for (const prompt of ['A', 'B']) {
    const own = lines.filter((line) => line.endsWith(` ${prompt}`));
    assert.equal(own.at(-1), `ended completed ${prompt}`);
    assert.equal(new Set(own).size, own.length, own.join());
  }
  assert.ok(lines.some((line) => line.startsWith('created ') && line.endsWith(' B')));
  assert.ok(events.at(-1).session.outputs.length > 0);
});

test('a feed continues after a cursor, also in another client', async () => {
  const { jules, other } = await start();
  await other.run({ prompt: 'A' });
  let cursor;
  for await (const event of jules.watch()) {
    if (event.type === 'ended') {
      ({ cursor } = event);
      break;
    }
  }
  await other.run({ prompt: 'B' });
  const { value } = await other.watch({ after: cursor }).next();
  assert.equal(`${value.type} ${value.session.prompt}`, 'created B');
  assert.match(cursor, /^\d+\+/);
});

test('events are selected by state and source', async () => {
  const { jules, other } = await start();
  const source = { github: 'bobalover/boba', baseBranch: 'main' };
  await other.run({ prompt: 'A' });
  const { id } = await other.session({ prompt: 'B', source });
  for (const options of [{ source: 'bobalover/boba' }, { state: 'awaitingPlanApproval' }, { state: ['paused', 'awaitingPlanApproval'] }]) {
    const { value } = await jules.watch(options).next();
    assert.equal(value.session.id, id);
  }
});

test('an abort, a timeout, the close of the client and return() end it', async () => {
  const { jules } = await start();
  const controller = new AbortController();
  const aborted = jules.watch({ signal: controller.signal }).next();
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(aborted, AbortError);
  await assert.rejects(jules.watch({ timeoutMs: 20 }).next(), TimeoutError);
  const feed = jules.watch();
  const pending = feed.next();
  await feed.return();
  assert.deepEqual(await pending, { done: true, value: undefined });
  const closed = assert.rejects(jules.watch().next(), ClientClosedError);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { ended } = await jules.close();
  await closed;
  assert.deepEqual(ended, [{ call: 'watch()' }]);
});

test('wrong options are refused', async () => {
  const { jules } = await start();
  for (const options of [{ state: 'done' }, { source: 'x' }, { archived: 1 }, { activities: true }]) {
    assert.throws(() => jules.watch(options), InvalidArgumentError);
  }
  await assert.rejects(jules.watch({ after: 'x' }).next(), (error) => error instanceof InvalidArgumentError && error.field === 'after');
});

test('a page follows it as server-sent events', async () => {
  const { jules, other } = await start();
  await other.run({ prompt: 'A' });
  const reader = jules.watch().toReadableStream({ format: 'sse' }).getReader();
  const text = new TextDecoder().decode((await reader.read()).value);
  assert.match(text, /^id: \S+\ndata: \{"type":"present",[^\n]*\}\n\n$/);
  await reader.cancel();
});
