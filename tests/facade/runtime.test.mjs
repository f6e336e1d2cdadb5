/** The guard between JavaScript and wasm, on a small module that traps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { JulesError, JulesInternalError } from '../../pkg-template/lib/errors.js';
import { Runtime } from '../../pkg-template/lib/runtime.js';

const section = (id, ...bytes) => [id, bytes.length, ...bytes];
const name = (text) => [text.length, ...Buffer.from(text)];

/** `trap` is `unreachable`; `answer` gives 42; `count` counts its calls within one instance. */
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

/** Glue as the generated one is: raw exports wrapped by the guard, and what calls them. */
function glueOf(made, words) {
  return (guard) => {
    let wasm;
    const glue = {
      initSync: ({ module }) => (wasm = guard(new WebAssembly.Instance(module).exports)),
      lastPanic: () => words(),
      useEnd: (tell) => (glue.tell = tell),
      trap: () => wasm.trap(),
      answer: () => wasm.answer(),
      count: () => wasm.count(),
    };
    made.push(glue);
    return glue;
  };
}

function start(words = () => 'panicked at src/x.rs: odd') {
  const made = [];
  let compiled = 0;
  const runtime = new Runtime(glueOf(made, words), () => (compiled++, MODULE));
  return { made, runtime, compiled: () => compiled };
}

const isFault = (error) =>
  error instanceof JulesInternalError && error instanceof JulesError && error.code === 'internal_error' &&
  error.cause instanceof WebAssembly.RuntimeError;

test('nothing is made before the first call', () => {
  const { made, runtime, compiled } = start();
  assert.deepEqual([made.length, compiled()], [0, 0]);
  assert.equal(runtime.call((exports) => exports.answer()), 42);
  assert.equal(runtime.call((exports) => exports.answer()), 42);
  assert.deepEqual([made.length, compiled()], [1, 1]);
});

test('a trap in a call is told as a fault, with the words of the panic', () => {
  const { runtime } = start();
  assert.throws(() => runtime.call((exports) => exports.trap()), (error) => isFault(error) && /src\/x\.rs: odd/.test(error.message));
});

test('a trap without words is told by its own message', () => {
  const cannotTell = () => {
    throw new Error('gone');
  };
  for (const words of [() => undefined, cannotTell]) {
    const { runtime } = start(words);
    assert.throws(() => runtime.call((exports) => exports.trap()), (error) => isFault(error) && /unreachable/.test(error.message));
  }
});

test('the next call after a trap works, on a fresh instance', () => {
  const { made, runtime } = start();
  assert.deepEqual([1, 2].map(() => runtime.call((exports) => exports.count())), [1, 2]);
  const before = runtime.exports;
  assert.throws(() => runtime.call((exports) => exports.trap()), isFault);
  assert.notEqual(runtime.exports, before);
  assert.equal(runtime.call((exports) => exports.count()), 1);
  assert.equal(made.length, 2);
});

test('whatever waits for a lost instance is rejected', async () => {
  const { runtime } = start();
  const waiting = [1, 2, 3].map(() => runtime.run(() => {}));
  assert.throws(() => runtime.call((exports) => exports.trap()), isFault);
  for (const { status, reason } of await Promise.allSettled(waiting)) {
    assert.equal(status, 'rejected');
    assert.ok(isFault(reason), reason);
  }
});

test('a call for a promise that traps at once rejects, and no rejection is left unhandled', async () => {
  const { runtime } = start();
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on('unhandledRejection', note);
  try {
    await assert.rejects(runtime.run(() => runtime.exports.trap()), isFault);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(unhandled, []);
  } finally {
    process.off('unhandledRejection', note);
  }
});

test('a trap in a callback of the runtime is not thrown into its event loop, but rejects what waits', async () => {
  const { made, runtime } = start();
  runtime.call((exports) => exports.answer());
  const waiting = runtime.run(() => {});
  const [glue] = made;
  setImmediate(() => glue.trap());
  await assert.rejects(waiting, isFault);
  assert.equal(runtime.call((exports) => exports.answer()), 42);
});

test('glue that takes a result apart, as that of a step of a future does, finds no error in that of a trap', async () => {
  const { made, runtime } = start();
  const waiting = runtime.run(() => {});
  const [glue] = made;
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

test('late callbacks of a lost instance do nothing, and harm no later one', () => {
  const { made, runtime } = start();
  assert.equal(runtime.call((exports) => exports.count()), 1);
  assert.throws(() => runtime.call((exports) => exports.trap()), isFault);
  assert.equal(runtime.call((exports) => exports.count()), 1);
  const [lost] = made;
  assert.deepEqual([lost.count(), lost.trap()], [[], []]);
  assert.equal(runtime.call((exports) => exports.count()), 2, 'the fresh instance is untouched');
});

test('what is settled already is not touched by a later trap', async () => {
  const { runtime } = start();
  assert.equal(await runtime.run((call) => runtime.exports.tell(call, true, 'done')), 'done');
  assert.throws(() => runtime.call((exports) => exports.trap()), isFault);
});

test('errors that the core throws as data come out as errors, and lose no instance', async () => {
  const { made, runtime } = start();
  const data = { kind: 'timeout', code: 'timeout', message: 'Too late.' };
  const throwing = () => {
    throw data;
  };
  assert.throws(() => runtime.call(throwing), { name: 'TimeoutError', code: 'timeout', message: 'Too late.' });
  await assert.rejects(runtime.run((call) => runtime.exports.tell(call, false, data)), { name: 'TimeoutError' });
  runtime.call((exports) => exports.answer());
  assert.equal(made.length, 1);
});
