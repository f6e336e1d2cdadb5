/** jules.all(): order, concurrency and failures. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { connect, InvalidArgumentError, JulesBatchError, JulesError } from 'jules-wasm';
import { optionsFor, startService } from './support/fake-service.mjs';
import { deferred, sendJson } from './support/server.mjs';

const task = (prompt) => ({ prompt: String(prompt) });
const refuse = (response) => sendJson(response, { error: { code: 400, message: 'No.', status: 'INVALID_ARGUMENT' } }, 400);

/** Advances the monotonic clock by this many milliseconds. */
function movedClock(t) {
  const now = performance.now.bind(performance);
  let passed = 0;
  t.mock.method(performance, 'now', () => now() + passed);
  return (millis) => (passed += millis);
}

/** A service that rejects the prompts for which `isBad` is true. */
async function setUp(t, isBad = () => false) {
  const service = await startService(t, ({ method, body }, response) => {
    if (method !== 'POST' || !isBad(JSON.parse(body).prompt)) return false;
    refuse(response);
    return true;
  });
  const jules = connect(optionsFor(service));
  const promptsOf = (sessions) => sessions.map((session) => session && service.sessions.get(session.id).prompt);
  return { service, jules, promptsOf, sent: () => service.posts.map(({ body }) => JSON.parse(body).prompt) };
}

test('the sessions are in the order of the items, in whatever order they are created', async (t) => {
  const held = [];
  const service = await startService(t, (asked) => {
    const { promise, resolve } = deferred();
    held.push(resolve);
    // Of each three requests, the last is answered first.
    if (held.length === 3) held.splice(0).reverse().forEach((release) => release());
    return promise;
  });
  const jules = connect(optionsFor(service));
  const sessions = await jules.all(['a', 'b', 'c', 'd', 'e', 'f'], task, { concurrency: 3 });
  assert.deepEqual(sessions.map(({ id }) => service.sessions.get(id).prompt), ['a', 'b', 'c', 'd', 'e', 'f']);
});

test('at most `concurrency` creates are in flight, four by default', async (t) => {
  for (const [options, peak] of [[undefined, 4], [{ concurrency: 1 }, 1], [{ concurrency: 7 }, 7], [{ concurrency: 99 }, 20]]) {
    const held = [];
    let left = 20;
    const service = await startService(t, async () => {
      const { promise, resolve } = deferred();
      held.push(resolve);
      if (held.length === Math.min(peak, left)) {
        left -= held.length;
        setImmediate(() => held.splice(0).forEach((release) => release()));
      }
      await promise;
      return false;
    });
    await connect(optionsFor(service)).all(Array.from({ length: 20 }, (_, i) => i), task, options);
    assert.deepEqual([service.peak, service.posts.length], [peak, 20]);
  }
});

test('after a failure no further create starts, and the error contains the created sessions', async (t) => {
  const { service, jules, promptsOf, sent } = await setUp(t, (prompt) => prompt === '3');
  await assert.rejects(jules.all([1, 2, 3, 4, 5, 6], task, { concurrency: 1 }), (error) => {
    assert.ok(error instanceof JulesBatchError && error instanceof AggregateError && error instanceof JulesError);
    assert.deepEqual(promptsOf(error.sessions), ['1', '2', undefined, undefined, undefined, undefined]);
    assert.deepEqual(error.failures.map(({ index, item }) => [index, item]), [[2, 3]]);
    assert.equal(error.failures[0].error.status, 400);
    assert.deepEqual(error.errors, [error.failures[0].error]);
    assert.match(error.message, /1 of 6 items failed, 2 sessions were created.*3 items were not started/s);
    assert.equal(JSON.parse(JSON.stringify(error)).failures.length, 1);
    return true;
  });
  assert.deepEqual(sent(), ['1', '2', '3']);
  assert.equal(service.inFlight, 0);
});

test('creates in flight during a failure are awaited and kept', async (t) => {
  const { promise: failed, resolve: fail } = deferred();
  const service = await startService(t, async ({ body }, response) => {
    const { prompt } = JSON.parse(body);
    if (prompt !== '2') return failed.then(() => false);
    while (service.posts.length < 3) await once(service, 'request');
    refuse(response);
    response.on('close', fail);
    return true;
  });
  await assert.rejects(connect(optionsFor(service)).all([1, 2, 3, 4, 5], task, { concurrency: 3 }), (error) => {
    assert.deepEqual(error.sessions.map(Boolean), [true, false, true, false, false]);
    return true;
  });
  assert.equal(service.posts.length, 3, 'nothing was sent after the failure');
});

test('with stopOnError false every item is tried, and each failure names its item', async (t) => {
  const { jules, promptsOf, sent } = await setUp(t, (prompt) => Number(prompt) % 2 === 0);
  await assert.rejects(jules.all([1, 2, 3, 4, 5], task, { concurrency: 2, stopOnError: false }), (error) => {
    assert.deepEqual(promptsOf(error.sessions), ['1', undefined, '3', undefined, '5']);
    assert.deepEqual(error.failures.map(({ index, item }) => [index, item]), [[1, 2], [3, 4]]);
    return error instanceof JulesBatchError;
  });
  assert.equal(sent().length, 5);
});

test('a mapper may be asynchronous, receives the index, and may throw', async (t) => {
  const { jules, promptsOf, sent } = await setUp(t);
  const sessions = await jules.all(['a', 'b'], async (item, index) => task(item + index));
  assert.deepEqual(promptsOf(sessions), ['a0', 'b1']);
  const mine = new RangeError('mine');
  const mappers = [
    (item) => {
      if (item === 'b') throw mine;
      return task(item);
    },
    (item) => (item === 'b' ? Promise.reject(mine) : task(item)),
  ];
  for (const mapper of mappers) {
    await assert.rejects(jules.all(['a', 'b', 'c'], mapper, { concurrency: 1 }), (error) => {
      assert.equal(error.failures[0].error, mine);
      assert.deepEqual(error.sessions.map(Boolean), [true, false, false]);
      return error instanceof JulesBatchError;
    });
  }
  for (const odd of [undefined, null, 0, '']) {
    await assert.rejects(jules.all(['a'], () => { throw odd; }), (error) => error instanceof JulesBatchError && error.failures[0].error === odd);
  }
  const wordless = [Symbol('odd'), Object.create(null), { get message() { throw new Error('no'); } }];
  for (const odd of wordless) {
    const mapper = (item) => {
      if (item === 'd') return task(item);
      throw odd;
    };
    await assert.rejects(jules.all(['d', 'e'], mapper, { stopOnError: false }), (error) => {
      assert.ok(error instanceof JulesBatchError, `${error.stack}`);
      assert.deepEqual([promptsOf(error.sessions), error.failures[0].error], [['d', undefined], odd]);
      return true;
    });
  }
  await assert.rejects(jules.all(['a'], () => undefined), (error) => error.failures[0].error instanceof InvalidArgumentError);
  assert.deepEqual(sent(), ['a0', 'b1', 'a', 'a', 'd', 'd', 'd']);
});

test('the items may be any iterable, also an empty one', async (t) => {
  const { service, jules, promptsOf } = await setUp(t);
  function* generate() {
    yield 'x';
    yield 'y';
  }
  assert.deepEqual(promptsOf(await jules.all(new Set(['a', 'b']), task)), ['a', 'b']);
  assert.deepEqual(promptsOf(await jules.all(generate(), task)), ['x', 'y']);
  assert.deepEqual(promptsOf(await jules.all(new Map([[1, 2]]).keys(), task)), ['1']);
  const before = service.requests.length;
  for (const empty of [[], new Set(), '']) assert.deepEqual(await jules.all(empty, task), []);
  assert.equal(service.requests.length, before);
  const broken = { *[Symbol.iterator]() { throw new Error('broken'); } };
  await assert.rejects(jules.all(broken, task), /broken/);
});

test('delayMs passes before each create except the first', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const posted = [];
  const fetch = async (_, { body }) => {
    posted.push(JSON.parse(body).prompt);
    return Response.json({ name: `sessions/${posted.length}`, id: String(posted.length) });
  };
  const done = connect({ apiKey: 'test-key', fetch }).all(['a', 'b', 'c'], task, { delayMs: 60_000, concurrency: 1 });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    for (let i = 0; i < 20; i++) await turn();
    assert.deepEqual(posted, expected);
    t.mock.timers.tick(60_000);
  }
  assert.equal((await done).length, 3);
});

test('an aborted batch starts no further create, and its error contains the created sessions', async (t) => {
  const service = await startService(t);
  const controller = new AbortController();
  const asked = [];
  const task = (item) => {
    asked.push(item);
    if (item === 3) controller.abort(new Error('enough'));
    return { prompt: `task ${item}` };
  };
  const options = { concurrency: 1, stopOnError: false, signal: controller.signal };
  await assert.rejects(connect(optionsFor(service)).all([1, 2, 3, 4, 5], task, options), (error) => {
    assert.ok(error instanceof JulesBatchError);
    assert.deepEqual(error.sessions.map((session) => session !== undefined), [true, true, false, false, false]);
    assert.deepEqual(error.failures.map(({ error: each }) => [each.name, each.cause.message]), Array(3).fill(['AbortError', 'enough']));
    return true;
  });
  assert.deepEqual(asked, [1, 2, 3]);
  assert.equal(service.requests.filter(({ method }) => method === 'POST').length, 2);
});

test('a batch starts no further create after its timeout, and each remaining item fails', async (t) => {
  const { promise, resolve } = deferred();
  const service = await startService(t, ({ method }) => method === 'POST' && (resolve(), true));
  const asked = [];
  const noted = (item) => (asked.push(item), task(item));
  const batch = connect(optionsFor(service)).all(['a', 'b', 'c'], noted, { timeoutMs: 60, concurrency: 1, stopOnError: false });
  await promise;
  await assert.rejects(batch, (error) => {
    const causes = error.failures.map(({ error: each }) => [each.name, each.code, each.outcome]);
    assert.deepEqual(causes, ['unknown', 'notSent', 'notSent'].map((outcome) => ['TimeoutError', 'timeout', outcome]));
    return true;
  });
  assert.deepEqual([asked, service.posts.length], [['a'], 1]);
});

test('a create in flight at the timeout of a batch names the timeout of the batch', async (t) => {
  const service = await startService(t, () => true);
  const pass = movedClock(t);
  const slow = (item) => (pass(20_000), task(item));
  await assert.rejects(connect(optionsFor(service)).all(['a'], slow, { timeoutMs: 20_500 }), ({ failures: [{ error }] }) => {
    assert.match(error.message, /^all\(\) did not finish within 20500 ms \(timeoutMs\)\..* may have been carried out/);
    return true;
  });
});

test('the time of the mapper counts for the timeout of a batch', async (t) => {
  const { service, jules } = await setUp(t);
  const pass = movedClock(t);
  const slow = async (item) => (pass(20_000), task(item));
  await assert.rejects(jules.all(['a'], slow, { timeoutMs: 20_000 }), ({ failures: [{ error }] }) => {
    assert.deepEqual([error.name, error.outcome], ['TimeoutError', 'notSent']);
    return true;
  });
  assert.equal(service.posts.length, 0);
});

test('a batch ends at its signal or timeout, also during a mapper or a delay', async (t) => {
  const { jules, sent } = await setUp(t);
  const controller = new AbortController();
  const never = () => new Promise(() => {});
  const mappers = {
    AbortError: [() => (controller.abort('enough'), never()), { signal: controller.signal }],
    TimeoutError: [never, { timeoutMs: 30 }],
  };
  for (const [name, [mapper, options]] of Object.entries(mappers)) {
    const { failures } = await jules.all([1], mapper, options).catch((thrown) => thrown);
    assert.deepEqual(failures.map(({ error }) => [error.name, error.outcome]), [[name, 'notSent']]);
  }
  assert.deepEqual(sent(), []);

  const late = new AbortController();
  const options = { delayMs: 3_600_000, concurrency: 1, signal: late.signal };
  const made = jules.all([1, 2], (number) => (setImmediate(() => late.abort('enough')), task(number)), { ...options, stopOnError: false });
  const { sessions, failures } = await made.catch((thrown) => thrown);
  assert.equal(sessions.filter(Boolean).length + failures.length, 2);
  assert.equal(failures.at(-1).error.cause, 'enough', "the signal's reason");
});

test('the error of an aborted batch contains the sessions whose creates were in flight', async (t) => {
  const held = [];
  const service = await startService(t, () => new Promise((resolve) => held.push(() => resolve(false))));
  const controller = new AbortController();
  const batch = connect(optionsFor(service)).all([1, 2, 3, 4, 5], task, { concurrency: 2, signal: controller.signal });
  while (held.length < 2) await once(service, 'request');
  controller.abort(new Error('enough'));
  setImmediate(() => held.forEach((release) => release()));
  await assert.rejects(batch, (error) => {
    assert.ok(error instanceof JulesBatchError, error.stack);
    assert.deepEqual(error.sessions.filter(Boolean).map(({ id }) => id).sort(), [...service.sessions.keys()].sort());
    assert.equal(error.failures[0].error.cause.message, 'enough');
    return true;
  });
  assert.equal(service.posts.length, 2);
});
