/** `signal` and `timeoutMs` on every call, at every moment of a request. */
import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { test } from 'node:test';

import { AbortError, connect, JulesNetworkError, TimeoutError } from 'jules-wasm';
import { optionsFor } from './support/fake-service.mjs';
import { serve } from './support/server.mjs';

const callsOf = (jules) => {
  const session = jules.session('1');
  return {
    session: (o) => jules.session({ prompt: 'p' }, o),
    run: (o) => jules.run({ prompt: 'p' }, o),
    info: (o) => session.info(o),
    waitFor: (o) => session.waitFor('completed', o),
    result: (o) => session.result(o),
    wait: (o) => session.wait(o),
    approve: (o) => session.approve(o),
    send: (o) => session.send('m', o),
    ask: (o) => session.ask('m', o),
    stream: (o) => session.stream(o).next(),
    archive: (o) => session.archive(o),
    unarchive: (o) => session.unarchive(o),
    delete: (o) => session.delete(o),
    sessions: (o) => jules.sessions(o).then((page) => page),
    all: (o) => jules.sessions(o).all(),
    sources: (o) => jules.sources(o).next(),
    source: (o) => jules.sources.get({ github: 'a/b' }, o),
    activities: (o) => session.activities.list(o),
    activity: (o) => session.activities.get('a', o),
  };
};

/** Aborts a call when `begun` resolves, and checks how it ends. */
async function isAborted(call, begun, name, isCause = (cause, reason) => cause === reason) {
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error('mine');
  const promise = call({ signal });
  const ended = assert.rejects(promise, (error) => {
    assert.ok(error instanceof AbortError, `${name}: ${error.stack}`);
    assert.ok(error.code === 'aborted' && isCause(error.cause, reason), `${name}: ${error.cause}`);
    return true;
  });
  await begun();
  controller.abort(reason);
  await ended;
  assert.equal(getEventListeners(signal, 'abort').length, 0, name);
}

const client = (server, config) => connect(optionsFor(server, config));
/** Never answers. */
const silent = () => new Promise(() => {});

test('a call with an aborted signal sends no request', async (t) => {
  const server = await serve(t, silent);
  const reason = { why: 'an object' };
  for (const [name, call] of Object.entries(callsOf(client(server)))) {
    await assert.rejects(call({ signal: AbortSignal.abort(reason) }), (error) => error instanceof AbortError && error.cause === reason, name);
    await assert.rejects(call({ signal: AbortSignal.abort() }), (error) => error.cause.name === 'AbortError', name);
  }
  assert.deepEqual(server.log, []);
});

test('an abort during a request ends the call and the request', async (t) => {
  const server = await serve(t, silent);
  for (const [name, call] of Object.entries(callsOf(client(server)))) {
    const gone = once(server, 'gone');
    await isAborted(call, () => once(server, 'request'), name);
    await gone;
  }
});

test('an abort during the body ends the call and the request', async (t) => {
  const server = await serve(t, (_, response) => {
    response.writeHead(200);
    response.write('{"name":');
    setImmediate(() => server.emit('begun'));
  });
  for (const [name, call] of Object.entries(callsOf(client(server)))) {
    const gone = once(server, 'gone');
    await isAborted(call, () => once(server, 'begun'), name);
    await gone;
  }
});

test('an abort between two attempts ends the call immediately and without another attempt', async (t) => {
  const server = await serve(t, (_, response) => response.writeHead(429, { 'retry-after': '3600' }).end());
  const lines = [];
  let logged;
  const logger = { warn: (line) => (lines.push(line), logged()), debug() {} };
  const hour = 3_600_000;
  const config = { rateLimitRetry: { maxRetryTimeMs: 2 * hour, baseDelayMs: hour, maxDelayMs: hour } };
  const options = { ...optionsFor(server, config), onUnknownOutcome: 'reconcile' };
  for (const [name, call] of Object.entries(callsOf(connect({ ...options, logger })))) {
    server.requests.length = 0;
    const waits = new Promise((resolve) => (logged = resolve));
    await isAborted(call, () => waits, name, (cause) => cause.status === 429);
    assert.ok(server.requests.length <= 2, `${name} ${server.log}`);
  }
  assert.match(lines[0], /Next attempt in \d+ ms/);
});

test('an abort of a queued call does not affect other calls', async (t) => {
  const held = [];
  const server = await serve(t, (_, response) => void held.push(response));
  const jules = client(server, { maxConcurrentRequests: 1 });
  const session = jules.session('1');
  const first = session.approve();
  await once(server, 'request');
  for (const [name, call] of Object.entries(callsOf(jules))) {
    await isAborted(call, async () => {}, name);
  }
  const next = session.send('m');
  assert.deepEqual(server.log, ['POST /sessions/1:approvePlan']);
  held.pop().end('{}');
  await first;
  await once(server, 'request');
  held.pop().end('{}');
  await next;
  assert.deepEqual(server.log, ['POST /sessions/1:approvePlan', 'POST /sessions/1:sendMessage']);
});

test('an abort between two polls ends every wait', async (t) => {
  const server = await serve(t, ({ path }, response) => {
    response.end(path.endsWith('activities') ? '{}' : '{"name":"sessions/1","state":"IN_PROGRESS"}');
    response.on('close', () => server.emit('answered'));
  });
  const { waitFor, result, wait, stream, ask } = callsOf(client(server, { pollingIntervalMs: 3_600_000 }));
  for (const [name, call] of Object.entries({ waitFor, result, wait, stream, ask })) {
    await isAborted(call, async () => {
      await once(server, 'answered');
      if (name === 'stream' || name === 'ask') await once(server, 'answered');
      for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    }, name);
  }
});

test('timeoutMs ends every call and its request on time', async (t) => {
  const server = await serve(t, silent);
  for (const [name, call] of Object.entries(callsOf(client(server)))) {
    if (name === 'stream') continue;
    const gone = once(server, 'gone');
    await assert.rejects(call({ timeoutMs: 40 }), (error) => error instanceof TimeoutError && error.code === 'timeout' && /40 ms/.test(error.message), name);
    await gone;
  }
});

test('timeoutMs includes the time between polls and is not one interval late', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const looks = [];
  const fetch = async (url) => (looks.push(url), Response.json({ name: 'sessions/1', state: 'IN_PROGRESS' }));
  const session = connect({ apiKey: 'test-key', fetch, config: { pollingIntervalMs: 60_000 } }).session('1');
  const begin = Date.now();
  const ended = assert.rejects(session.waitFor('completed', { timeoutMs: 90_000 }), TimeoutError).then(() => Date.now() - begin);
  for (let at = 0; at < 100; at++) {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    t.mock.timers.tick(1000);
  }
  assert.equal(looks.length, 2);
  const took = await ended;
  assert.ok(took >= 90_000 && took <= 91_000, `${took} ms`);
});

test('many calls may share a signal without a warning of Node', async (t) => {
  const server = await serve(t, silent);
  const jules = client(server);
  const session = jules.session('1');
  const warnings = [];
  const note = (warning) => warnings.push(warning.message);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const twenty = Array.from({ length: 20 }, (_, index) => index);
  const shared = {
    waits: (signal) => twenty.map(() => session.waitFor('completed', { signal })),
    'waits that report changes': (signal) => twenty.map(() => session.result({ signal, onUpdate() {} })),
    streams: (signal) => twenty.map(() => session.stream({ signal }).next()),
    'a batch': (signal) => [jules.all(twenty, silent, { signal, concurrency: 20 })],
  };
  for (const [name, begin] of Object.entries(shared)) {
    const controller = new AbortController();
    const calls = begin(controller.signal);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await Promise.allSettled(calls);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(warnings, [], name);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0, name);
  }
});

test('requestTimeoutMs covers the body', async (t) => {
  const server = await serve(t, (_, response) => {
    response.writeHead(200);
    response.write('{');
  });
  const jules = client(server, { requestTimeoutMs: 40, rateLimitRetry: { maxRetryTimeMs: 0 } });
  for (const call of [() => jules.session({ prompt: 'p' }), () => jules.session('1').info()]) {
    await assert.rejects(call(), (error) => error instanceof JulesNetworkError && /40 ms.*requestTimeoutMs/.test(error.message));
  }
});

test('a custom signal that starts to throw ends no call', async (t) => {
  const session = client(await serve(t, (_, response) => response.end('{"name":"sessions/1"}'))).session('1');
  let asked = 0;
  const signal = {
    get aborted() {
      if (asked++ > 0) throw new Error('asked twice');
      return false;
    },
    addEventListener() {},
  };
  const states = await Promise.all([undefined, signal, undefined].map((given) => session.info({ activities: false, signal: given })));
  assert.ok(states.length === 3 && asked > 1);
});

test('an abort after the end changes nothing', async (t) => {
  const server = await serve(t, (_, response) => response.end('{"name":"sessions/1"}'));
  const controller = new AbortController();
  const session = await client(server).session({ prompt: 'p' }, { signal: controller.signal });
  controller.abort();
  assert.equal(session.id, '1');
});

test('the errors of timeouts and aborts name the call', async (t) => {
  const server = await serve(t, () => new Promise(() => {}));
  const jules = connect(optionsFor(server));
  const session = jules.session('1');
  const calls = {
    'stream()': (o) => session.stream(o).next(),
    'history()': (o) => session.history(o).next(),
    'updates()': (o) => session.updates(o).next(),
    'activities.get()': (o) => session.activities.get('a', o),
    'activities.list()': (o) => session.activities.list(o),
    'sources.get()': (o) => jules.sources.get({ github: 'a/b' }, o),
    'info()': (o) => session.info(o),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = await call({ timeoutMs: 1 }).catch((thrown) => thrown);
    assert.ok(error instanceof TimeoutError && error.message.startsWith(`${name} did not finish`), error.message);
  }
});
