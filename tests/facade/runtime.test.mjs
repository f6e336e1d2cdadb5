/** The guard between JavaScript and wasm, on a small module that traps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connectOn } from '../../pkg-template/lib/client.js';
import { compiled } from '../../pkg-template/lib/compile.js';
import { JulesError, JulesInternalError, JulesLoadError } from '../../pkg-template/lib/errors.js';
import { fromChunks } from '../../pkg-template/lib/load.js';
import { Runtime } from '../../pkg-template/lib/runtime.js';
import { checkFetch } from '../../pkg-template/lib/sending.js';

const section = (id, ...bytes) => [id, bytes.length, ...bytes];
const name = (text) => [text.length, ...Buffer.from(text)];

/** `trap` is `unreachable`; `answer` returns 42; `count` counts its calls within one instance. */
const MODULE = new WebAssembly.Module(
  new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, 2, 0x60, 0, 0, 0x60, 0, 1, 0x7f),
    ...section(3, 3, 0, 1, 1),
    ...section(6, 1, 0x7f, 1, 0x41, 0, 0x0b),
    ...section(7, 3, ...name('trap'), 0, 0, ...name('answer'), 0, 1, ...name('count'), 0, 2),
    ...section(10, 3, 3, 0, 0x00, 0x0b, 4, 0, 0x41, 42, 0x0b, 11, 0, 0x23, 0, 0x41, 1, 0x6a, 0x24, 0, 0x23, 0, 0x0b),
  ]),
);

/** Glue like the generated one: functions over the exports that it was started with. */
function glueOf(created, words) {
  return () => {
    let wasm;
    const glue = {
      imports: {},
      start: (exports) => (wasm = exports),
      lastPanic: () => words(),
      useEnd: (settle) => (glue.settle = settle),
      trap: () => wasm.trap(),
      answer: () => wasm.answer(),
      count: () => wasm.count(),
    };
    created.push(glue);
    return glue;
  };
}

function runtimeOf({ words = () => 'panicked at src/x.rs: odd', load = async () => MODULE } = {}) {
  const created = [];
  let loaded = 0;
  const runtime = new Runtime(async () => (loaded++, { module: await load(), createGlue: glueOf(created, words) }));
  return { created, runtime, loaded: () => loaded };
}

async function start(options) {
  const all = runtimeOf(options);
  await all.runtime.start();
  return all;
}

/** A call that never settles. */
const wait = (runtime) => runtime.run('x()', () => {});

const isFault = (error) =>
  error instanceof JulesInternalError && error instanceof JulesError && error.code === 'internal_error' &&
  error.cause instanceof WebAssembly.RuntimeError;

const answer = (runtime, options) => runtime.run('x()', ({ answer, settle }, end) => settle(end, true, answer()), options);

test('nothing is loaded before the first call, and concurrent calls share the loading', async () => {
  const { created, runtime, loaded } = runtimeOf();
  assert.deepEqual([created.length, loaded()], [0, 0]);
  assert.deepEqual(await Promise.all([answer(runtime), answer(runtime)]), [42, 42]);
  assert.equal(await answer(runtime), 42);
  assert.deepEqual([created.length, loaded()], [1, 1]);
});

test('a failed load rejects all waiting calls, and the next call tries again', async () => {
  const loads = [Promise.reject(new JulesLoadError('offline')), Promise.resolve(MODULE)];
  const { runtime, loaded } = runtimeOf({ load: () => loads.shift() });
  for (const { reason } of await Promise.allSettled([answer(runtime), answer(runtime)])) {
    assert.deepEqual([reason.code, reason.outcome, reason.message], ['load_failed', 'notSent', 'offline']);
  }
  assert.equal(await answer(runtime), 42);
  assert.equal(loaded(), 2);
});

test('a module that cannot be instantiated is a load error that names the content security policy', async () => {
  const { runtime } = runtimeOf({ load: async () => ({}) });
  await assert.rejects(answer(runtime), (error) => error instanceof JulesLoadError && /wasm-unsafe-eval/.test(error.message) && error.cause instanceof TypeError);
});

test('timeoutMs and signal bound the loading', async () => {
  const { runtime } = runtimeOf({ load: () => new Promise(() => {}) });
  const notSent = (name, words) => (error) => error.name === name && error.outcome === 'notSent' && words.test(error.message);
  await assert.rejects(answer(runtime, { timeoutMs: 5 }), notSent('TimeoutError', /^x\(\) did not finish within 5 ms .*No request was sent/));
  const controller = new AbortController();
  const waiting = answer(runtime, { signal: controller.signal });
  controller.abort('enough');
  await assert.rejects(waiting, (error) => notSent('AbortError', /^x\(\) was aborted/)(error) && error.cause === 'enough');
  await assert.rejects(answer(runtime, { signal: controller.signal }), { name: 'AbortError' });
});

test('timeoutMs bounds every call of a client while the WebAssembly does not load', async () => {
  const { runtime } = runtimeOf({ load: () => new Promise(() => {}) });
  const jules = connectOn(runtime)({ apiKey: 'k' });
  const session = jules.session('1');
  const task = () => ({ prompt: 'p' });
  const within = { timeoutMs: 5 };
  const calls = {
    session: () => jules.session(task(), within),
    run: () => jules.run(task(), within),
    request: () => jules.request('GET /sessions', within),
    sessions: () => jules.sessions(within),
    delete: () => jules.sessions().delete(() => true, within),
    sources: () => jules.sources(within).next(),
    'sources.get': () => jules.sources.get({ github: 'o/r' }, within),
    all: () => jules.all([1], task, within),
    batch: () => jules.batch([1], task, { key: String, ...within }).next(),
    tick: () => jules.tick(undefined, { items: [1], map: task, key: String, ...within }),
    watch: () => jules.watch(within).next(),
    info: () => session.info(within),
    result: () => session.result(within),
    wait: () => session.wait(within),
    waitFor: () => session.waitFor('completed', within),
    approve: () => session.approve(within),
    send: () => session.send('Hello', within),
    ask: () => session.ask('Well?', within),
    stream: () => session.stream(within).next(),
    snapshot: () => session.snapshot(within),
    archive: () => session.archive(within),
    list: () => session.activities.list(within),
    get: () => session.activities.get('1', within),
    hydrate: () => session.activities.hydrate(within),
    select: () => session.activities.select(within),
  };
  for (const [name, call] of Object.entries(calls)) {
    await assert.rejects(async () => call(), { name: 'TimeoutError', outcome: 'notSent' }, name);
  }
});

test('the error of a call that ends while the WebAssembly is loading has the stack of the caller', async () => {
  const { runtime } = runtimeOf({ load: () => new Promise(() => {}) });
  const callerOfAnswer = () => answer(runtime, { timeoutMs: 5 });
  const { stack } = await callerOfAnswer().catch((error) => error);
  assert.match(stack, /^TimeoutError: x\(\) did not finish.*callerOfAnswer/s);
});

test('a call gets the time remaining after loading, and the whole time for messages', async () => {
  const { runtime } = runtimeOf();
  const given = await runtime.run('x()', ({ settle }, end, options) => settle(end, true, options), { timeoutMs: 1000, a: 1 });
  assert.deepEqual([given.a, given.wholeMs, given.timeoutMs <= 1000 && given.timeoutMs > 0], [1, 1000, true]);
});

test('a trap in a call is a JulesInternalError with the panic message', async () => {
  const { runtime } = await start();
  assert.throws(() => runtime.call((exports) => exports.trap()), (error) => isFault(error) && /src\/x\.rs: odd/.test(error.message));
});

test('a trap without a panic message is reported with its own message', async () => {
  const cannotTell = () => {
    throw new Error('gone');
  };
  for (const words of [() => undefined, cannotTell]) {
    const { runtime } = await start({ words });
    assert.throws(() => runtime.call((exports) => exports.trap()), (error) => isFault(error) && /unreachable/.test(error.message));
  }
});

test('the next call after a trap works, on a fresh instance', async () => {
  const { created, runtime } = await start();
  assert.deepEqual([1, 2].map(() => runtime.call((exports) => exports.count())), [1, 2]);
  assert.throws(() => runtime.call((exports) => exports.trap()), isFault);
  assert.equal(runtime.exports, undefined);
  await runtime.start();
  assert.equal(runtime.call((exports) => exports.count()), 1);
  assert.equal(created.length, 2);
});

test('pending calls of a lost instance reject', async () => {
  const { runtime } = await start();
  const waiting = [1, 2, 3].map(() => wait(runtime));
  assert.throws(() => runtime.call((exports) => exports.trap()), isFault);
  for (const { status, reason } of await Promise.allSettled(waiting)) {
    assert.equal(status, 'rejected');
    assert.ok(isFault(reason), reason);
  }
});

test('an asynchronous call that traps at once rejects, without an unhandled rejection', async () => {
  const { runtime } = await start();
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on('unhandledRejection', note);
  try {
    await assert.rejects(runtime.run('x()', ({ trap }) => trap()), isFault);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(unhandled, []);
  } finally {
    process.off('unhandledRejection', note);
  }
});

test('a trap in a callback of the runtime rejects pending calls instead of throwing into the event loop', async () => {
  const { created, runtime } = await start();
  runtime.call((exports) => exports.answer());
  const waiting = wait(runtime);
  const [glue] = created;
  setImmediate(() => glue.trap());
  await assert.rejects(waiting, isFault);
  assert.equal(await answer(runtime), 42);
});

test('glue that destructures a result, as in a step of a future, finds no error after a trap', async () => {
  const { created, runtime } = await start();
  const waiting = wait(runtime);
  const [glue] = created;
  const thrown = [];
  process.once('uncaughtException', (error) => thrown.push(error));
  for (let times = 0; times < 2; times++) {
    queueMicrotask(() => {
      const ended = glue.trap();
      if (ended[1]) throw ended[0];
    });
  }
  await assert.rejects(waiting, isFault);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(thrown, []);
});

test('late callbacks of a lost instance do nothing and do not affect a later one', async () => {
  const { created, runtime } = await start();
  assert.equal(runtime.call((exports) => exports.count()), 1);
  assert.throws(() => runtime.call((exports) => exports.trap()), isFault);
  await runtime.start();
  assert.equal(runtime.call((exports) => exports.count()), 1);
  const [lost] = created;
  assert.deepEqual([lost.count(), lost.trap()], [[], []]);
  assert.equal(runtime.call((exports) => exports.count()), 2, 'the fresh instance is untouched');
});

test('settled calls are not affected by a later trap', async () => {
  const { runtime } = await start();
  assert.equal(await runtime.run('x()', ({ settle }, end) => settle(end, true, 'done')), 'done');
  assert.throws(() => runtime.call((exports) => exports.trap()), isFault);
});

test('errors that the core throws as data become errors and do not lose the instance', async () => {
  const { created, runtime } = await start();
  const data = { code: 'timeout', message: 'Too late.' };
  const throwing = () => {
    throw data;
  };
  assert.throws(() => runtime.call(throwing), { name: 'TimeoutError', code: 'timeout', message: 'Too late.' });
  await assert.rejects(runtime.run('x()', ({ settle }, end) => settle(end, false, data)), { name: 'TimeoutError' });
  runtime.call((exports) => exports.answer());
  assert.equal(created.length, 1);
});

test('a chunk that cannot be imported, of the code or of the wasm, is a load error with advice, and both are imported again at the next call', async () => {
  const fails = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'));
  const code = async () => ({ createGlue() {}, compiled });
  const wasm = async () => ({ wasm: 'no gzip' });
  const imports = [[fails, wasm], [code, fails], [fails, fails], [code, wasm]];
  const begun = [];
  const nextOf = (part) => () => {
    begun.push(part);
    return imports[0][part]();
  };
  const runtime = new Runtime(fromChunks(nextOf(0), nextOf(1)));
  while (imports.length > 1) {
    await assert.rejects(answer(runtime), (error) =>
      error instanceof JulesLoadError && /Failed to fetch dynamically.*No request was sent.*jules-wasm\/inline/.test(error.message) && error.cause instanceof TypeError);
    imports.shift();
  }
  await assert.rejects(answer(runtime), /cannot be run here/);
  assert.deepEqual(begun, [0, 1, 0, 1, 0, 1, 0, 1]);
});

test('the chunks are imported in parallel', async () => {
  const begun = [];
  const pending = (part) => () => {
    begun.push(part);
    return new Promise(() => {});
  };
  fromChunks(pending('code'), pending('wasm'))();
  assert.deepEqual(begun, ['code', 'wasm']);
});

test('where TextDecoder is missing, as in jsdom, the module of Node is used, and without it the error names what helps', async (t) => {
  const { TextDecoder } = globalThis;
  const { getBuiltinModule } = process;
  t.after(() => Object.assign(Object.assign(globalThis, { TextDecoder }).process, { getBuiltinModule }));
  globalThis.TextDecoder = undefined;
  if (getBuiltinModule) assert.equal(await answer(runtimeOf().runtime), 42);
  process.getBuiltinModule = undefined;
  const expected = { code: 'load_failed', outcome: 'notSent', message: /TextDecoder is not defined.*jest-fixed-jsdom/ };
  await assert.rejects(answer(runtimeOf().runtime), expected);
});

test('without any fetch the error says so and names what helps', (t) => {
  const { fetch } = globalThis;
  t.after(() => Object.assign(globalThis, { fetch }));
  globalThis.fetch = undefined;
  assert.throws(() => checkFetch({}), { code: 'load_failed', outcome: 'notSent', message: /fetch is not defined.*option `fetch`.*jest-fixed-jsdom/ });
  checkFetch({ fetch });
});
