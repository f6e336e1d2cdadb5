/** Tests of fix-issue.mjs on the emulator: hours take milliseconds, and failures come when they are asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';
import { fixIssue } from './fix-issue.mjs';

async function service(options) {
  const emulator = await createEmulator({ clock: 'virtual', ...options });
  const client = connect({ ...emulator, config: { pollingIntervalMs: 1, rateLimitRetry: { baseDelayMs: 1 } } });
  return { emulator, client };
}

test('it resolves with the pull request', async () => {
  const { emulator, client } = await service();
  assert.match(await fixIssue('The page is blank', client), /^https:\/\/github\.com\/owner\/repo\/pull\/\d+$/);
  assert.equal(emulator.sessions().length, 1);
});

test('it throws the reason of a failed session', async () => {
  const { client } = await service({ scenario: 'fail' });
  await assert.rejects(fixIssue('The page is blank', client), /could not fix it: \w+/);
});

test('a lost response does not create a second session', async () => {
  const faults = [{ on: 'create', times: 1, fault: { status: 503, committed: true } }];
  const { emulator, client } = await service({ faults });
  await fixIssue('The page is blank', client);
  assert.equal(emulator.sessions().length, 1);
});
