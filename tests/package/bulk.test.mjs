/** Long lists page by page, and archiving and deleting many sessions. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { connect, InvalidArgumentError, JulesBatchError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

const COUNT = 250;
const isOdd = ({ title }) => Number(title) % 2 === 1;
let emulator, jules;

before(async () => {
  emulator = await createEmulator({ clock: 'virtual' });
  jules = connect(emulator);
  const titles = Array.from({ length: COUNT }, (_, index) => String(index));
  await jules.all(titles, (title) => ({ prompt: 'Work', title }), { concurrency: 20 });
  emulator.requests.length = 0;
});

const requestsOf = (pattern) => emulator.requests.filter(({ method, url }) => pattern.test(`${method} ${url}`));

test('pages have a hundred sessions each, and a stored token continues the list', async () => {
  emulator.requests.length = 0;
  const seen = [];
  let token;
  for await (const page of jules.sessions().pages()) {
    seen.push(...page.sessions.map(({ id }) => id));
    token = page.nextPageToken;
    if (seen.length >= 200) break;
  }
  assert.equal(emulator.requests.length, 2);
  for await (const page of jules.sessions({ pageToken: token }).pages()) {
    seen.push(...page.sessions.map(({ id }) => id));
    assert.equal('nextPageToken' in page, false);
  }
  assert.equal(emulator.requests.length, 3);
  assert.deepEqual([seen.length, new Set(seen).size], [COUNT, COUNT]);
});

test('the last page of a limited list is no longer than the limit, and its token continues there', async () => {
  const sizes = [];
  let token;
  for await (const page of jules.sessions({ limit: 130 }).pages()) {
    sizes.push(page.sessions.length);
    token = page.nextPageToken;
  }
  assert.deepEqual(sizes, [100, 30]);
  const [first] = (await jules.sessions({ pageToken: token, limit: 1 })).sessions;
  assert.equal(first.id, (await jules.sessions({ limit: 131 }).all())[130].id);
});

test('a dry run resolves with the selected sessions and changes nothing', async () => {
  emulator.requests.length = 0;
  const found = await jules.sessions().archive(isOdd, { dryRun: true });
  assert.equal(found.length, COUNT / 2);
  assert.ok(found.every(isOdd));
  assert.equal(requestsOf(/^POST|^DELETE/).length, 0);
  assert.equal(requestsOf(/^GET/).length, 3);
});

test('the selected sessions are archived, a limited number at a time, and each is reported', async () => {
  const progress = [];
  let [running, peak] = [0, 0];
  const counting = jules.with({
    fetch: async (url, init) => {
      peak = Math.max(peak, ++running);
      return emulator.fetch(url, init).finally(() => running--);
    },
  });
  const archived = await counting.sessions().archive(async (session) => isOdd(session), { concurrency: 3, onProgress: (p) => progress.push(p) });
  assert.equal(archived.length, COUNT / 2);
  assert.equal(peak, 3);
  assert.deepEqual(progress.map(({ done }) => done), archived.map((_, index) => index + 1));
  assert.ok(progress.every(({ total, failed, error, session }) => total === COUNT / 2 && failed === 0 && error === undefined && isOdd(session)));
  assert.equal((await jules.sessions().all()).length, COUNT / 2);
  assert.deepEqual(await jules.sessions().archive(isOdd), [], 'another call finds nothing');
});

test('the list of the options is the one that is acted on', async () => {
  const deleted = await jules.sessions({ filter: 'archived = true', limit: 10 }).delete(() => true);
  assert.equal(deleted.length, 10);
  assert.equal((await jules.sessions({ filter: 'archived = true' }).all()).length, COUNT / 2 - 10);
});

/** A client whose n-th DELETE is refused. */
function refusing(nth) {
  let deletes = 0;
  const config = { rateLimitRetry: { maxRetryTimeMs: 0 } };
  return jules.with({
    config,
    fetch: async (url, init) => (init?.method === 'DELETE' && ++deletes === nth ? new Response('{}', { status: 403 }) : emulator.fetch(url, init)),
  });
}

test('after a failure no further request is sent, and the error has what was done', async () => {
  const list = refusing(3).sessions({ limit: 10 });
  const progress = [];
  await assert.rejects(list.delete(() => true, { concurrency: 1, onProgress: (p) => progress.push(p) }), (error) => {
    assert.ok(error instanceof JulesBatchError);
    assert.match(error.message, /^sessions\(\)\.delete\(\): 2 of 10 sessions are done, 1 failed .*, 7 were not started\..*403/s);
    assert.deepEqual(error.failures.map(({ index, item, error: { status } }) => [index, typeof item.id, status]), [[2, 'string', 403]]);
    assert.deepEqual(error.sessions.map((session) => session !== undefined), [true, true, ...Array(8).fill(false)]);
    return true;
  });
  assert.deepEqual(progress.map(({ done, failed, error }) => [done, failed, error?.status]), [[1, 0, undefined], [2, 0, undefined], [2, 1, 403]]);
});

test('with stopOnError false all others are done', async () => {
  const before = (await jules.sessions().all()).length;
  await assert.rejects(refusing(1).sessions({ limit: 10 }).delete(() => true, { stopOnError: false }), /: 9 of 10 sessions are done, 1 failed/);
  assert.equal((await jules.sessions().all()).length, before - 9);
});

test('an abort, a timeout or an error of the caller ends it, and nothing further is sent', async () => {
  const before = (await jules.sessions().all()).length;
  const controller = new AbortController();
  const aborting = jules.sessions().delete(() => true, { concurrency: 1, signal: controller.signal, onProgress: () => controller.abort() });
  await assert.rejects(aborting, /: 1 of \d+ sessions are done, 0 failed .* The signal was aborted\./);
  const failing = jules.sessions().delete(() => true, { concurrency: 2, onProgress: () => { throw new RangeError('mine'); } });
  await assert.rejects(failing, RangeError);
  await assert.rejects(jules.sessions().delete(() => { throw new RangeError('mine'); }), RangeError);
  const silent = jules.with({ fetch: () => new Promise(() => {}) });
  await assert.rejects(silent.sessions().delete(() => true, { timeoutMs: 10 }), { code: 'timeout' });
  await assert.rejects(jules.sessions().delete(() => true, { signal: AbortSignal.abort() }), { code: 'aborted' });
  const left = (await jules.sessions().all()).length;
  assert.ok(left >= before - 3 && left < before, `${before - left} deleted`);
});

test('invalid arguments are rejected before any request', async () => {
  emulator.requests.length = 0;
  const invalid = (call, field) => assert.rejects(call, (error) => error instanceof InvalidArgumentError && error.field === field);
  await invalid(jules.sessions().delete(), 'which');
  await invalid(jules.sessions().archive({ state: 'failed' }), 'which');
  await invalid(jules.sessions().delete(() => true, { dryrun: true }), 'dryrun');
  await invalid(jules.sessions().delete(() => true, { concurrency: 0 }), 'concurrency');
  assert.equal(emulator.requests.length, 0);
});
