/** Media artifacts: base64 in both alphabets, with and without padding, and files on every supported Node. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { connect } from 'jules-wasm';
import { runNode } from './tools.mjs';

const BYTES = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);
const STANDARD = Buffer.from(BYTES).toString('base64');

/** The only artifact of a session: media with this data. */
async function artifactOf(data) {
  const activity = { name: 'sessions/1/activities/a', id: 'a', createTime: '2026-08-21T21:05:12Z', progressUpdated: {}, artifacts: [{ media: { data, mimeType: 'image/png' } }] };
  const jules = connect({ apiKey: 'k', fetch: async () => Response.json(activity) });
  return (await jules.session('1').activities.get('a')).artifacts[0];
}

test('base64 of both alphabets, padded or not and in lines, is decoded', async () => {
  assert.match(STANDARD, /[+/].*=$/);
  const url = STANDARD.replaceAll('+', '-').replaceAll('/', '_');
  for (const data of [STANDARD, url, STANDARD.replaceAll('=', ''), url.replaceAll('=', ''), STANDARD.replace(/.{76}/g, '$&\r\n')]) {
    const artifact = await artifactOf(data);
    assert.deepEqual(artifact.bytes(), BYTES, data);
    assert.equal(artifact.toUrl(), `data:image/png;base64,${STANDARD}`);
    assert.equal(artifact.data, data, 'what came is left as it is');
  }
  for (const length of [0, 1, 2, 3, 4]) {
    const bytes = BYTES.slice(0, length);
    const artifact = await artifactOf(Buffer.from(bytes).toString('base64url'));
    assert.deepEqual([artifact.bytes(), artifact.toUrl()], [bytes, `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`]);
  }
});

test('save() writes the bytes', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'jules-wasm-media-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'image.png');
  await (await artifactOf(STANDARD.replaceAll('+', '-').replaceAll('/', '_'))).save(path);
  assert.deepEqual(new Uint8Array(readFileSync(path)), BYTES);
});
