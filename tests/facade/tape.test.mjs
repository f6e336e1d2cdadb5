/** The reader of tapes, and the strings that are decoded when they are looked at. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createReader } from '../../pkg-template/lib/tape.js';

const encoder = new TextEncoder();
const [TEXT, INTEGER, SHAPE, ARRAY, CONSTANT, KNOWN, KEPT, RARE] = Array(8).keys();
const word = (kind, number) => ((number << 3) | kind) >>> 0;
const read = (words, text = '', told = '', bodies = [], reader = createReader(), wide = '') =>
  reader.read(Uint32Array.from(words), encoder.encode(text), encoder.encode(wide), told, bodies);

/** An object with a kept string, which JSON writes as `inside`. */
const withKept = (inside, name = 'output') => {
  const body = encoder.encode(`before"${inside}"after`);
  return read([word(SHAPE, 0), word(KEPT, 0), 7, body.length - 6, word(INTEGER, -5)], '', `\n{${name},exitCode,`, [body]);
};

test('values of every kind are read', () => {
  const words = [word(ARRAY, 8), word(TEXT, 2), word(RARE, 2), 3, word(INTEGER, -268435456), word(CONSTANT, 0), word(CONSTANT, 2), word(KNOWN, 0), word(RARE, 0), 4, word(RARE, 2), 1];
  assert.deepEqual(read(words, 'ex1e+3', '\n=known', [], createReader(), 'é😀日'), ['ex', 'é😀', -268435456, null, true, 'known', 1000, '日']);
});

test('what was told once is known from then on, by this reader alone', () => {
  const reader = createReader();
  assert.deepEqual(read([word(SHAPE, 0), word(INTEGER, 1)], '', '\n{a,', [], reader), { a: 1 });
  assert.deepEqual(read([word(SHAPE, 0), word(INTEGER, 2)], '', '', [], reader), { a: 2 });
  assert.throws(() => read([word(SHAPE, 0), word(INTEGER, 2)]));
});

test('a name of data that JavaScript gives a meaning is a field like any other', () => {
  const object = read([word(RARE, 1), 2, word(TEXT, 9), word(INTEGER, 1), word(TEXT, 1), word(INTEGER, 2)], '__proto__a');
  assert.deepEqual(Object.keys(object), ['__proto__', 'a']);
  assert.equal(JSON.stringify(object), '{"__proto__":1,"a":2}');
  assert.equal(Object.getPrototypeOf(object), Object.prototype);
});

test('a kept string is plain data to whoever looks at it', () => {
  const text = 'quote " backslash \\ line\n é 日本 😀';
  const inside = JSON.stringify(text).slice(1, -1);
  const plain = { output: text, exitCode: -5 };
  const ways = {
    JSON: (object) => JSON.parse(JSON.stringify(object)),
    spread: (object) => ({ ...object }),
    'Object.assign': (object) => Object.assign({}, object),
    structuredClone: (object) => structuredClone(object),
    entries: (object) => Object.fromEntries(Object.entries(object)),
    itself: (object) => object,
  };
  for (const [name, copy] of Object.entries(ways)) assert.deepStrictEqual(copy(withKept(inside)), plain, name);
  const object = withKept(inside);
  assert.deepEqual([Object.keys(object), 'output' in object, Object.hasOwn(object, 'output')], [['output', 'exitCode'], true, true]);
  assert.equal(object.output, text);
  assert.deepEqual(Object.getOwnPropertyDescriptor(object, 'output'), { value: text, writable: true, enumerable: true, configurable: true });
});

test('a kept string can be set, deleted and frozen like any other', () => {
  const set = withKept('x');
  set.output = 'y';
  assert.deepStrictEqual(set, { output: 'y', exitCode: -5 });
  const deleted = withKept('x');
  delete deleted.output;
  assert.deepStrictEqual(deleted, { exitCode: -5 });
  const frozen = Object.freeze(withKept('x'));
  assert.deepEqual([frozen.output, frozen.output], ['x', 'x']);
});

test('half a pair of surrogates and bytes that are no text read as the replacement character', () => {
  assert.equal(withKept('a\\ud83d-').output, 'a\uFFFD-');
  const body = Uint8Array.of(0x22, 0x61, 0xff, 0x22);
  assert.equal(read([word(SHAPE, 0), word(KEPT, 0), 1, 3], '', '\n{data,', [body]).data, 'a\uFFFD');
});

test('a kept string does not hold the body that it came in', () => {
  const body = encoder.encode('x'.repeat(1000));
  const object = read([word(SHAPE, 0), word(KEPT, 0), 0, 3], '', '\n{data,', [body]);
  body.fill(0x79);
  assert.equal(object.data, 'xxx', 'it is a copy of its own part');
});
