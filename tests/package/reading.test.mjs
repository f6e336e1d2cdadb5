/** The JSON reader of the wasm, which reads sixteen bytes at a time, agrees with `JSON.parse`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect } from 'jules-wasm';

/** Pseudo-random numbers from 0 to 1, the same in every run. */
function numbers(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const PIECES = ['a', 'word ', '"', '\\', '\n', '\t', '/', '\u0001', 'é', '日本', '😀', '\u2028', 'u0041', '0123456789abcdef', '\\"', '  '];
const NAMES = ['name', 'title', 'description', 'createTime', 'environmentVariablesEnabled', 'suggestedCommitMessage', 'unidiffPatch', 'data', 'output', 'planGeneratedBy', 'x', '', '__proto__', 'née', 'a"b'];

function makeAny(random) {
  const pick = (from) => from[Math.floor(random() * from.length)];
  const text = (most) => Array.from({ length: Math.floor(random() * most) }, () => pick(PIECES)).join('');
  const value = (depth) => {
    const kind = random();
    if (kind < 0.5 || depth > 6) return text(pick([4, 12, 40, 400]));
    if (kind < 0.6) return pick([0, -1, 7, 1.5e300, 0.1, -268435457, null, true, false]);
    if (kind < 0.75) return Array.from({ length: Math.floor(random() * 4) }, () => value(depth + 1));
    return object(depth + 1);
  };
  const object = (depth) => {
    const fields = Array.from({ length: Math.floor(random() * 6) }, () => [pick(NAMES), value(depth)]);
    return JSON.parse(`{${[...new Map(fields)].map(([name, field]) => `${JSON.stringify(name)}:${JSON.stringify(field)}`).join(',')}}`);
  };
  return { object, text };
}

const LAYOUTS = [undefined, 1, 2, 4, '\t', '          '];

/** Escapes slashes and letters beyond ASCII, as some services do. */
const rewritten = (json, random) => {
  if (random() < 0.5) return json;
  return json.replace(/[<>/é日]/g, (letter) => (letter === '/' ? '\\/' : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`));
};

async function listed(body) {
  const jules = connect({ apiKey: 'key', fetch: async () => new Response(body) });
  return (await jules.session('1').activities.list()).activities;
}

test('unknown activities equal the result of JSON.parse', async () => {
  const random = numbers(1);
  const { object } = makeAny(random);
  for (let round = 0; round < 300; round++) {
    const activities = Array.from({ length: 1 + Math.floor(random() * 8) }, () => ({ ...object(0), somethingNew: object(0) }));
    const json = rewritten(JSON.stringify({ activities }, null, LAYOUTS[round % LAYOUTS.length]), random);
    // Some of them across the end of a chunk.
    const body = round % 3 === 0 ? `${' '.repeat(64 * 1024 - Math.floor(random() * json.length))}${json}` : json;
    assert.deepStrictEqual((await listed(body)).map(({ raw }) => raw), JSON.parse(body).activities, body.trim());
  }
});

test('large strings equal the result of JSON.parse, wherever a chunk ends', async () => {
  const random = numbers(2);
  const { text } = makeAny(random);
  for (let round = 0; round < 60; round++) {
    const piece = text(30) || 'x';
    const unidiffPatch = piece.repeat(1 + (random() * 200_000) / piece.length);
    const artifacts = [{ changeSet: { source: text(5), gitPatch: { unidiffPatch, suggestedCommitMessage: text(20) } } }];
    const json = rewritten(JSON.stringify({ activities: [{ id: 'a', progressUpdated: { title: text(20) }, artifacts }] }, null, LAYOUTS[round % 3]), random);
    const [{ artifacts: [{ gitPatch }] }] = await listed(json);
    assert.equal(gitPatch.unidiffPatch, unidiffPatch);
    assert.equal(gitPatch.suggestedCommitMessage, artifacts[0].changeSet.gitPatch.suggestedCommitMessage);
  }
});
