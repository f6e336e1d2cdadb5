/** The cause of the error of a call that timed out or was aborted. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { AbortError, connect, JulesApiError, JulesNetworkError, preload, TimeoutError } from 'jules-wasm';

before(preload);

const ID = '14550388554331055113';
const KEY = 'key-of-the-test-0123456789';

/** A session on a service that is reached by this fetch. */
const session = (fetch) => connect({ apiKey: KEY, fetch, config: { pollingIntervalMs: 20 } }).session(ID);

const running = () => Response.json({ name: `sessions/${ID}`, id: ID, state: 'IN_PROGRESS', updateTime: '2026-08-21T21:05:11Z' });
const busy = () => Response.json({ error: { code: 503, status: 'UNAVAILABLE', message: `busy ${KEY}` } }, { status: 503 });

test('the cause of a TimeoutError is the last error of failing requests', async () => {
  const down = session(async () => busy());
  for (const call of [down.result, down.wait, down.info, (options) => down.waitFor('completed', options), (options) => down.stream(options).next()]) {
    await assert.rejects(call.call(down, { timeoutMs: 100 }), (error) => {
      assert.ok(error instanceof TimeoutError && error.cause instanceof JulesApiError, `${error.stack}`);
      assert.deepEqual([error.code, error.cause.status, error.cause.rpcStatus], ['timeout', 503, 'UNAVAILABLE']);
      assert.match(error.message, /did not finish within 100 ms.*503/);
      assert.ok(!`${error.stack}${error.cause.stack}${JSON.stringify(error.cause)}`.includes(KEY));
      return true;
    });
  }
});

test('the cause of an AbortError is the last error of failing requests, otherwise the signal\'s reason', async () => {
  const reason = new Error('mine');
  const aborted = async (fetch) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 100);
    return session(fetch).result({ signal: controller.signal }).catch((error) => error);
  };
  const lost = await aborted(async () => {
    throw Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
  });
  assert.ok(lost instanceof AbortError && lost.cause instanceof JulesNetworkError, `${lost.stack}`);
  assert.equal(lost.cause.cause.code, 'ECONNRESET');
  const fine = await aborted(async () => running());
  assert.ok(fine instanceof AbortError);
  assert.equal(fine.cause, reason);
});

test('a failure that was followed by a success is not a cause', async () => {
  let asked = 0;
  const fetch = async () => (++asked === 1 ? busy() : running());
  const rateLimitRetry = { baseDelayMs: 5 };
  const recovered = connect({ apiKey: KEY, fetch, config: { pollingIntervalMs: 20, rateLimitRetry } }).session(ID);
  await assert.rejects(recovered.result({ timeoutMs: 300 }), (error) => error instanceof TimeoutError && !('cause' in error));
  assert.ok(asked > 2, `${asked} requests`);
});
