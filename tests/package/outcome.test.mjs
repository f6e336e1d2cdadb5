/** The result of `result()` when a part of it cannot be read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AutomatedSessionFailedError, connect, JulesApiError, JulesAuthenticationError, JulesDecodeError } from 'jules-wasm';

const ID = '14550388554331055113';
const PULL_REQUEST = { url: 'https://github.com/owner/repo/pull/7', title: 'Done' };

/** A client of a session that has ended in this state, with this response for its activities. */
function ended(state, answer) {
  const session = { name: `sessions/${ID}`, id: ID, state, prompt: 'p', outputs: [{ pullRequest: PULL_REQUEST }] };
  const fetch = async (url) => (url.includes('/activities') ? answer() : Response.json(session));
  const retries = { baseDelayMs: 1, maxDelayMs: 5, maxRetryTimeMs: 60 };
  return connect({ apiKey: 'key-of-the-test', fetch, config: { pollingIntervalMs: 5, rateLimitRetry: retries } }).session(ID);
}

const answers = [
  ['a refusal', () => Response.json({ error: { code: 403, status: 'PERMISSION_DENIED' } }, { status: 403 }), JulesAuthenticationError],
  ['not found', () => Response.json({ error: { code: 404, status: 'NOT_FOUND' } }, { status: 404 }), JulesApiError],
  ['an outage', () => new Response('busy', { status: 503 }), JulesApiError],
  ['a page of HTML', () => new Response('<html>Log in</html>'), JulesDecodeError],
];

for (const [what, answer, Class] of answers) {
  test(`a result whose activities meet ${what} keeps its pull request and says that its change set is missing`, async () => {
    const outcome = await ended('COMPLETED', answer).result();
    assert.equal(outcome.state, 'completed');
    assert.equal(outcome.pullRequest.url, PULL_REQUEST.url);
    assert.deepEqual([outcome.changeSet(), outcome.changeSets, outcome.generatedFiles().size], [undefined, [], 0]);
    const [{ what: part, error }, ...more] = outcome.incomplete;
    assert.deepEqual([part, more], ['changeSet', []]);
    assert.ok(error instanceof Class, `${error}`);
    assert.equal(JSON.parse(JSON.stringify(outcome)).incomplete[0].error.code, error.code);
    assert.equal(structuredClone(outcome).incomplete[0].error.message, error.message);
  });
}

test('a failed session whose reason cannot be read is reported as failed, also with throwOnFailure', async () => {
  const session = ended('FAILED', answers[0][1]);
  const outcome = await session.result();
  assert.deepEqual([outcome.state, outcome.failureReason], ['failed', undefined]);
  assert.deepEqual(outcome.incomplete.map(({ what }) => what), ['failureReason', 'changeSet']);
  await assert.rejects(session.result({ throwOnFailure: true }), (error) => {
    assert.ok(error instanceof AutomatedSessionFailedError && !('reason' in error));
    assert.match(error.message, /its reason could not be read .*403/);
    return true;
  });
});

test('a complete outcome has no field `incomplete`', async () => {
  const outcome = await ended('COMPLETED', () => Response.json({})).result();
  assert.ok(!('incomplete' in outcome));
});
