/** The contract of all stores of journals, and the file's own promises. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { JulesJournalError } from 'jules-wasm';
import { fileStore, keyValueStore, memoryStore } from 'jules-wasm/stores';
import { contract, namespace } from './support/store-contract.js';
import { project, runNode, runProgram } from './tools.mjs';

function temporary(t) {
  const folder = mkdtempSync(join(tmpdir(), 'jules-stores-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'a.journal');
}

const STORES = {
  memory: () => ({ create: (store => () => store)(memoryStore()), locks: true }),
  file: (t) => ({ create: (path => () => fileStore(path))(temporary(t)), locks: true }),
  'key-value': () => ({ create: (kv => () => keyValueStore(kv))(namespace()), locks: false }),
};

for (const [name, kind] of Object.entries(STORES)) {
  test(`a ${name} store keeps the contract`, async (t) => {
    const { create, locks } = kind(t);
    assert.deepEqual(await contract(create, locks), []);
  });
}

test('journals in one namespace are distinguished by their prefix, and a key that is too long is refused', async () => {
  const kv = namespace();
  await keyValueStore(kv, { prefix: 'a:' }).put('x', '1');
  assert.deepEqual((await keyValueStore(kv, { prefix: 'b:' }).open()).entries, []);
  await assert.rejects(keyValueStore(kv).put('x'.repeat(600), '1'), JulesJournalError);
});

/** Writes these records and returns the bytes of the file. */
async function written(path, records) {
  const store = fileStore(path);
  await store.open();
  for (const [key, record] of records) await store.put(key, record);
  await store.close();
  return readFileSync(path);
}

async function read(path) {
  const store = fileStore(path);
  try {
    return await store.open();
  } finally {
    await store.close();
  }
}

const RECORDS = [['a', '{"v":"1"}'], ['ключ', '{"text":"Zeile\\n2 \\u0000 ✓"}'], ['c', 'three']];

test('a record that is cut off at any byte costs that record, and the next one is written whole', async (t) => {
  const path = temporary(t);
  const bytes = await written(path, RECORDS);
  const last = bytes.subarray(0, -1).lastIndexOf(10) + 1;
  for (let end = last; end < bytes.length; end++) {
    writeFileSync(path, bytes.subarray(0, end));
    assert.deepEqual(await read(path), { entries: RECORDS.slice(0, 2), isDamaged: false }, `cut at ${end}`);
    await written(path, [['d', 'four']]);
    assert.deepEqual((await read(path)).entries, [...RECORDS.slice(0, 2), ['d', 'four']], `cut at ${end}`);
  }
});

test('a file whose first record is cut off is an empty journal, unless a file of another kind could look so', async (t) => {
  const path = temporary(t);
  const bytes = await written(path, RECORDS.slice(0, 1));
  for (let end = 0; end < bytes.length; end++) {
    writeFileSync(path, bytes.subarray(0, end));
    const isPlain = end > 0 && end < '01234567 ['.length;
    if (isPlain) await assert.rejects(read(path), JulesJournalError, `cut at ${end}`);
    else assert.deepEqual(await read(path), { entries: [], isDamaged: false }, `cut at ${end}`);
    assert.equal(readFileSync(path).length, isPlain ? end : 0);
  }
});

test('a corrupt byte anywhere costs its record and is reported, and the others are kept', async (t) => {
  const path = temporary(t);
  const bytes = await written(path, RECORDS);
  for (let at = 0; at < bytes.length - 1; at++) {
    const corrupt = Buffer.from(bytes);
    corrupt[at] ^= 0x15;
    writeFileSync(path, corrupt);
    const { entries, isDamaged } = await read(path);
    assert.ok(isDamaged && entries.length >= 1, `byte ${at}`);
    assert.ok(entries.every(([key, record]) => RECORDS.some((known) => known[0] === key && known[1] === record)), `byte ${at}`);
  }
});

test('an outdated file is compacted, and a copy that a crash has left does no harm', async (t) => {
  const path = temporary(t);
  await written(path, Array.from({ length: 400 }, (_, index) => ['a', String(index)]));
  const before = readFileSync(path).length;
  writeFileSync(`${path}.new`, 'half of a copy');
  assert.deepEqual(await read(path), { entries: [['a', '399']], isDamaged: false });
  assert.ok(readFileSync(path).length < before / 100);
});

test('a file grows by few records while one is written over and over', async (t) => {
  const path = temporary(t);
  const store = fileStore(path);
  await store.open();
  await Promise.all(Array.from({ length: 5_000 }, (_, index) => store.put('a', String(index))));
  await store.put('b', 'x');
  await store.close();
  assert.ok(readFileSync(path, 'utf8').split('\n').length < 1_100);
  assert.deepEqual((await read(path)).entries, [['a', '4999'], ['b', 'x']]);
});

test('a file is locked against another process, and taken over at once from one that was killed', async (t) => {
  const path = temporary(t);
  const source = `
    import { fileStore } from 'jules-wasm/stores';
    await fileStore(${JSON.stringify(path)}).open();
    console.log('open');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', source], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  await assert.rejects(fileStore(path).open(), (error) => error instanceof JulesJournalError && error.message.includes(String(holder.pid)));
  holder.kill('SIGKILL');
  await once(holder, 'close');
  assert.deepEqual(await read(path), { entries: [], isDamaged: false });
  assert.deepEqual(readdirSync(join(path, '..')), ['a.journal'], 'no lock is left');
});

test('of many processes that open a file at the same time at most one gets it', async (t) => {
  const path = temporary(t);
  const source = `
    import { fileStore } from 'jules-wasm/stores';
    const at = Number(process.env.BEGIN);
    while (Date.now() < at);
    try { await fileStore(${JSON.stringify(path)}).open(); console.log('open'); } catch (error) { console.log(error.code); }
    await new Promise((resolve) => setTimeout(resolve, 1500));`;
  const env = { ...process.env, BEGIN: String(Date.now() + 2_000) };
  const ends = await Promise.all(Array.from({ length: 6 }, () => runNode(source, { env })));
  const said = ends.map(({ stdout }) => stdout.trim());
  assert.ok(said.filter((word) => word === 'open').length <= 1, said.join());
  assert.ok(said.every((word) => word === 'open' || word === 'journal_failed'), said.join());
});

test('the lock of another machine is never taken over', async (t) => {
  const path = temporary(t);
  const lock = `${path}.lock-another.machine+1+2`;
  appendFileSync(lock, '');
  await assert.rejects(fileStore(path).open(), (error) => error instanceof JulesJournalError && error.message.includes(lock));
});

test('a full disk is an error of the record that does not fit, and the file stays a journal', async (t) => {
  const path = temporary(t);
  await written(path, RECORDS);
  const source = `
    import { fileStore } from 'jules-wasm/stores';
    const store = fileStore(${JSON.stringify(path)});
    await store.open();
    const end = await store.put('big', 'x'.repeat(5000)).then(() => 'written', (error) => error.name);
    console.log(end);`;
  const args = ['-c', 'trap "" XFSZ; ulimit -f 1; exec "$0" --input-type=module --eval "$1"', process.execPath, source];
  const { stdout, stderr } = await runProgram('bash', args);
  assert.equal(stdout.trim(), 'JulesJournalError', stderr);
  assert.deepEqual((await read(path)).entries, RECORDS);
});
