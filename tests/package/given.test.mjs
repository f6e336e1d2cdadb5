/** Options, configurations and signals of callers are read once and not modified. */
import assert from 'node:assert/strict';
import { getEventListeners, getMaxListeners } from 'node:events';
import { test } from 'node:test';

import { connect, InvalidArgumentError } from 'jules-wasm';
import { KEY, optionsFor, startService } from './support/fake-service.mjs';

/** An object with getters that record each read. */
function noting(properties, reads, within = '') {
  const object = {};
  for (const [name, value] of Object.entries(properties)) {
    const isPlain = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
    const given = isPlain ? noting(value, reads, `${within}${name}.`) : value;
    Object.defineProperty(object, name, { enumerable: true, get: () => (reads.push(within + name), given) });
  }
  return object;
}

const isOnce = (reads, expected) => assert.deepEqual(reads.sort(), expected.sort());

test('every option of a call is read once', async (t) => {
  const jules = connect(optionsFor(await startService(t)));
  const signal = new AbortController().signal;
  const { id } = await jules.run({ prompt: 'p' });
  const session = jules.session(id);
  const bounds = { signal, timeoutMs: 60_000 };
  const calls = {
    info: [{ ...bounds, activities: true }, (o) => session.info(o)],
    result: [{ ...bounds, throwOnFailure: true, onUpdate() {} }, (o) => session.result(o)],
    'result without onUpdate': [{ ...bounds, throwOnFailure: true }, (o) => session.result(o)],
    wait: [{ ...bounds, stallMs: 5, until: 'completed', onUpdate() {} }, (o) => session.wait(o)],
    stream: [{ ...bounds, artifacts: false, exclude: { originator: 'user' } }, (o) => session.stream(o).next()],
    'activities.list': [{ ...bounds, pageSize: 5 }, (o) => session.activities.list(o)],
    sessions: [{ ...bounds, limit: 5, pageSize: 2 }, (o) => jules.sessions(o).all()],
    sources: [{ ...bounds, limit: 5 }, (o) => jules.sources(o).next()],
    run: [bounds, (o) => jules.run({ prompt: 'p' }, o)],
    all: [{ ...bounds, concurrency: 2, delayMs: 0, stopOnError: true }, (o) => jules.all([1, 2], () => ({ prompt: 'p' }), o)],
  };
  for (const [name, [options, call]] of Object.entries(calls)) {
    const reads = [];
    await call(noting(options, reads));
    const inner = Object.entries(options).flatMap(([key, value]) => (key === 'exclude' ? Object.keys(value).map((k) => `${key}.${k}`) : []));
    assert.deepEqual(reads.sort(), [...Object.keys(options), ...inner].sort(), name);
  }
});

test('every part of a configuration is read once', async (t) => {
  const service = await startService(t);
  const jules = connect(optionsFor(service));
  const config = { prompt: 'p', title: 't', source: { github: 'owner/repo', baseBranch: 'main' }, autoPr: false };
  const parts = ['prompt', 'title', 'source', 'source.github', 'source.baseBranch', 'autoPr'];
  const makes = [(c) => jules.session(c), (c) => jules.run(c), (c) => jules.all([1], () => c)];
  for (const make of makes) {
    const reads = [];
    await make(noting(config, reads));
    isOnce(reads, parts);
  }
  assert.deepEqual(service.posts.map(({ body }) => JSON.parse(body).title), ['t', 't', 't']);
});

test('every option of a client is read once, and not again by its calls', async (t) => {
  const service = await startService(t);
  class Quiet {
    debug() {}
    warn() {}
  }
  const headers = new Map([['X-Team', 'tea']]);
  const given = { ...optionsFor(service), logger: new Quiet(), headers, throwOnFailure: false };
  const reads = [];
  const jules = connect(noting(given, reads));
  const config = ['pollingIntervalMs', 'rateLimitRetry', 'rateLimitRetry.baseDelayMs', 'rateLimitRetry.maxDelayMs'].map((name) => `config.${name}`);
  isOnce(reads, [...Object.keys(given), ...config]);
  await jules.run({ prompt: 'p' });
  assert.equal(reads.length, Object.keys(given).length + config.length);
  assert.equal(service.requests[0].headers['x-team'], 'tea');
});

test('a getter that throws is rejected by its name, and nothing is sent', async (t) => {
  const service = await startService(t);
  const jules = connect(optionsFor(service));
  const throwing = { prompt: 'p', get title() { throw new Error('no'); } };
  await assert.rejects(jules.session(throwing), (error) => error instanceof InvalidArgumentError && error.field === 'title');
  await assert.rejects(jules.sources.get({ get github() { throw new Error('no'); } }), InvalidArgumentError);
  assert.deepEqual(service.log, []);
});

test('calls that share a signal share one listener, and the signal is not modified', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const before = getMaxListeners(signal);
  const jules = connect({ apiKey: KEY, fetch: () => new Promise(() => {}) });
  const calls = Array.from({ length: 30 }, (_, index) => jules.session(String(index + 1)).result({ signal, ...(index % 2 && { onUpdate() {} }) }));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([getEventListeners(signal, 'abort').length, getMaxListeners(signal)], [1, before]);
  controller.abort();
  for (const { reason } of await Promise.allSettled(calls)) assert.equal(reason.name, 'AbortError');
  assert.deepEqual([getEventListeners(signal, 'abort').length, getMaxListeners(signal)], [0, before]);
});

test('sources() requests 100 entries per page by default', async (t) => {
  const service = await startService(t);
  service.sources = Array.from({ length: 230 }, (_, i) => ({ name: `sources/github/o/r${i}`, id: `github/o/r${i}`, githubRepo: { owner: 'o', repo: `r${i}` } }));
  const jules = connect(optionsFor(service));
  const sizes = () => service.requests.splice(0).map(({ query }) => query.get('pageSize'));
  const count = async (options) => {
    let found = 0;
    for await (const source of jules.sources(options)) if (source) found++;
    return found;
  };
  assert.deepEqual([await count(), sizes()], [230, ['100', '100', '100']]);
  assert.deepEqual([await count({ pageSize: 115 }), sizes()[0]], [230, '115']);
  assert.deepEqual([await count({ limit: 7 }), sizes()], [7, ['7']]);
  assert.deepEqual([await count({ limit: 150 }), sizes()], [150, ['100', '50']]);
});
