/** The client and the emulator in two processes, over HTTP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect, JulesAuthenticationError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';
import { startEmulator } from './support/emulator-program.mjs';

test('a session goes through plan, approval, question, answer and pull request', async (t) => {
  const { baseUrl } = await startEmulator(t, '--step-ms', '5', '--scenario', 'question', '--api-key', 'the-right-key');
  await assert.rejects(connect({ baseUrl, apiKey: 'the-wrong-key' }).session({ prompt: 'p' }), JulesAuthenticationError);
  const jules = connect({ baseUrl, apiKey: 'the-right-key', config: { pollingIntervalMs: 5 } });
  const session = await jules.session({ prompt: 'Write hello.ts', source: { github: 'bobalover/boba', baseBranch: 'main' } });
  assert.equal((await session.waitFor('awaitingPlanApproval')).state, 'awaitingPlanApproval');
  const { activities } = await session.info();
  const { plan } = activities.find(({ type }) => type === 'planGenerated');
  assert.ok(plan.steps.length > 0);
  await session.approve();
  assert.equal((await session.waitFor('awaitingUserFeedback')).state, 'awaitingUserFeedback');
  const reply = await session.ask('Yes, please.');
  assert.ok(reply.type === 'agentMessaged' && reply.message.length > 0);
  const outcome = await session.result();
  assert.equal(outcome.state, 'completed');
  assert.match(outcome.pullRequest.url, /^https:\/\/github\.com\/bobalover\/boba\/pull\/\d+$/);
  assert.ok(outcome.generatedFiles().all().some(({ content }) => content.length > 0));
  const types = [];
  for await (const { type } of session.stream()) types.push(type);
  assert.equal(new Set(types).has('unknown'), false);
  for (const type of ['planGenerated', 'planApproved', 'userMessaged', 'agentMessaged', 'sessionCompleted']) assert.ok(types.includes(type), type);
  assert.equal(types.at(-1), 'sessionCompleted');
});

test('every built-in scenario that ends reaches its end', async (t) => {
  const { baseUrl, apiKey } = await startEmulator(t, '--step-ms', '5');
  const jules = connect({ baseUrl, apiKey, config: { pollingIntervalMs: 5 } });
  const runs = await jules.all(['default', 'fail', 'no-outputs', 'revive', 'future'], (name) => ({ prompt: `Go [emulator: ${name}]` }));
  const outcomes = await Promise.all(runs.map((run) => run.result({ timeoutMs: 20_000 })));
  assert.deepEqual(outcomes.map(({ state }) => state), ['completed', 'failed', 'completed', 'completed', 'completed']);
  assert.ok(outcomes[1].failureReason.length > 0);
  assert.deepEqual(outcomes[2].outputs, []);
});

test('two emulators in one process are two accounts', async () => {
  for (const _ of ['first', 'second']) {
    const faults = [{ on: 'create', times: 1, fault: { status: 503, committed: true } }];
    const emulator = await createEmulator({ clock: 'virtual', faults });
    const jules = connect({ ...emulator, config: { rateLimitRetry: { baseDelayMs: 1 } } });
    await jules.run({ prompt: 'Write hello.ts' });
    assert.equal(emulator.sessions().length, 1, 'the session whose response was lost is found, although another account has its id');
  }
});
