/** A stream of activities as a web stream: bytes, for a Response. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect, InvalidArgumentError, JulesAuthenticationError } from 'jules-wasm';
import { KEY, optionsFor, startService, steps } from './support/fake-service.mjs';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const say = (text) => steps.activity({ agentMessaged: { agentMessage: text } });

/** A session with three messages that then ends. */
async function setUp(t) {
  const service = await startService(t);
  service.script = () => [steps.state('IN_PROGRESS'), ...['a', 'b\nß', 'c'].map(say), steps.activity({ sessionCompleted: {} }), steps.state('COMPLETED')];
  const run = await connect(optionsFor(service)).run({ prompt: 'p' });
  return { service, run };
}

test('a stream converts to a web stream of JSON lines that requests only what is read', async (t) => {
  const { service, run } = await setUp(t);
  const web = run.stream().toReadableStream();
  for (let i = 0; i < 20; i++) await turn();
  assert.deepEqual(service.log, ['POST /sessions'], 'nothing before the first read');
  const lines = [];
  for await (const bytes of web) {
    assert.ok(bytes instanceof Uint8Array);
    lines.push(new TextDecoder().decode(bytes));
  }
  assert.ok(lines.every((line) => line.endsWith('\n') && !line.slice(0, -1).includes('\n')));
  const given = lines.map((line) => JSON.parse(line));
  const expected = [];
  for await (const activity of run.stream()) expected.push(JSON.parse(JSON.stringify(activity)));
  assert.deepEqual(given, expected);
  assert.deepEqual(given.map(({ message, type }) => message ?? type), ['a', 'b\nß', 'c', 'sessionCompleted']);
});

test('the web stream can be the body of a Response', async (t) => {
  const { run } = await setUp(t);
  const text = await new Response(run.stream().toReadableStream()).text();
  assert.deepEqual(text.trimEnd().split('\n').map((line) => JSON.parse(line).type), ['agentMessaged', 'agentMessaged', 'agentMessaged', 'sessionCompleted']);
  const lights = await new Response(run.stream({ artifacts: false }).toReadableStream()).text();
  assert.equal(lights.trimEnd().split('\n').length, 4);
});

/** Parses server-sent events as the standard describes. */
function messagesOf(text) {
  assert.ok(text.endsWith('\n\n'));
  return text.slice(0, -2).split('\n\n').map((message) => Object.fromEntries(message.split('\n').map((line) => line.split(/: (.*)/s, 2))));
}

test('server-sent events have the cursor as id, after which another stream can start', async (t) => {
  const { run } = await setUp(t);
  const messages = messagesOf(await new Response(run.stream().toReadableStream({ format: 'sse' })).text());
  const activities = messages.map(({ data }) => JSON.parse(data));
  assert.deepEqual(activities.map(({ message, type }) => message ?? type), ['a', 'b\nß', 'c', 'sessionCompleted']);
  assert.deepEqual(messages.map(({ id }) => id), activities.map(({ cursor }) => cursor));
  const rest = messagesOf(await new Response(run.stream({ after: messages[1].id }).toReadableStream({ format: 'sse' })).text());
  assert.deepEqual(rest.map(({ data }) => JSON.parse(data).id), activities.slice(2).map(({ id }) => id));
});

test('cancelling the web stream ends the polling', async (t) => {
  const service = await startService(t);
  service.script = () => [steps.state('IN_PROGRESS'), say('a')];
  const run = await connect(optionsFor(service)).run({ prompt: 'p' });
  const first = run.stream().toReadableStream().getReader();
  await first.read();
  await first.cancel();
  const { body } = new Response(run.stream().toReadableStream({ format: 'sse' }));
  const reader = body.getReader();
  await reader.read();
  const waits = reader.read();
  for (let i = 0; i < 20; i++) await turn();
  await reader.cancel('left');
  assert.equal((await waits).done, true);
  while (service.inFlight > 0) await turn();
  const before = service.requests.length;
  for (let i = 0; i < 20; i++) await turn();
  assert.equal(service.requests.length, before);
});

test('an error of the stream is an error of the web stream', async (t) => {
  const { service } = await setUp(t);
  const jules = connect({ ...optionsFor(service), apiKey: `${KEY}x` });
  await assert.rejects(new Response(jules.session('1').stream().toReadableStream()).text(), JulesAuthenticationError);
});

test('an unknown format is rejected by name', async (t) => {
  const { run } = await setUp(t);
  for (const format of ['xml', 'toString', 7, {}]) {
    assert.throws(() => run.stream().toReadableStream({ format }), (error) => error instanceof InvalidArgumentError && error.field === 'format');
  }
});
