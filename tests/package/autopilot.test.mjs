/** The option `autopilot` of run(), result(), wait() and batch(). */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AutopilotError, connect, InvalidArgumentError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';
import { memoryStore } from 'jules-wasm/stores';

const asking = ['opening', { ask: 'This?' }, { ask: 'Or that?' }, 'more-changes', 'ending'];

/** A client of an emulator whose agent plans and asks twice, with the messages that were sent. */
async function start(scenario = 'asking') {
  const emulator = await createEmulator({ stepMs: 1, scenario, scenarios: { asking } });
  const sent = [];
  const fetch = (url, init) => {
    if (init.method === 'POST' && /:(sendMessage|approvePlan)$/.test(url)) sent.push(JSON.parse(init.body).prompt ?? 'approved');
    return emulator.fetch(url, init);
  };
  const config = { pollingIntervalMs: 5, rateLimitRetry: { baseDelayMs: 1 } };
  return { jules: connect({ ...emulator, fetch, config }), sent };
}

const task = { prompt: 'Fix bug A', requireApproval: true };

test('the auto-pilot of run() answers while result() is pending', async () => {
  const { jules, sent } = await start();
  const seen = [];
  const run = await jules.run(task, {
    autopilot: {
      onPlan: (plan, session) => {
        seen.push([plan.steps.length > 0, session.state]);
        return true;
      },
      onQuestion: async (message, { id }) => `${message} ${id === run.id}`,
    },
  });
  assert.equal((await run.result()).state, 'completed');
  assert.deepEqual(seen, [[true, 'awaitingPlanApproval']]);
  assert.deepEqual(sent, ['approved', 'This? true', 'Or that? true']);
});

test('constants answer too, and a text for a plan asks for another one', async () => {
  const { jules, sent } = await start('revise,default');
  const session = await jules.session(task);
  let plans = 0;
  await session.result({ autopilot: { onPlan: () => (plans++ === 0 ? 'Smaller steps' : 'approve') } });
  assert.deepEqual(sent, ['Smaller steps', 'approved']);
  const other = await start();
  await (await other.jules.session(task)).result({ autopilot: { onPlan: 'approve', onQuestion: 'As you like' } });
  assert.deepEqual(other.sent, ['approved', 'As you like', 'As you like']);
});

test('wait() resolves with what is declined, and maxReplies declines', async () => {
  const { jules, sent } = await start();
  const session = await jules.session(task);
  for (const declined of [undefined, null, false]) {
    assert.equal((await session.wait({ autopilot: { onPlan: () => declined } })).reason, 'needsApproval');
  }
  const { reason, question } = await session.wait({ autopilot: { onPlan: 'approve', onQuestion: 'Yes', maxReplies: 1 } });
  assert.deepEqual([reason, question, sent], ['needsReply', 'Or that?', ['approved', 'Yes']]);
});

test('a function that throws or returns nonsense rejects the call, and nothing is sent', async () => {
  const { jules, sent } = await start();
  const session = await jules.session(task);
  const mine = new Error('no idea.');
  for (const [onPlan, problem, cause] of [
    [() => { throw mine; }, /onPlan has thrown an error: no idea\. Nothing was sent/, mine],
    [() => Promise.reject(mine), /no idea/, mine],
    [() => 7, /onPlan has returned a value of the type number, not "approve", a message or undefined/, undefined],
    [() => ' ', /an empty text/, undefined],
  ]) {
    await assert.rejects(session.result({ autopilot: { onPlan } }), (error) => {
      assert.ok(error instanceof AutopilotError && problem.test(error.message), error.stack);
      assert.deepEqual([error.code, error.sessionId, error.cause], ['autopilot_failed', session.id, cause]);
      return true;
    });
  }
  assert.deepEqual(sent, []);
});

test('what is not an auto-pilot is refused before anything is sent', async () => {
  const { jules, sent } = await start();
  for (const [autopilot, field] of [
    [true, 'autopilot'], [{ onPlan: 'yes' }, 'autopilot.onPlan'], [{ onQuestion: 7 }, 'autopilot.onQuestion'], [{ onstall: 'x' }, 'autopilot.onstall'],
    [{ maxReplies: -1 }, 'autopilot.maxReplies'], [{ stallMs: 0 }, 'autopilot.stallMs'],
  ]) {
    for (const call of [() => jules.run(task, { autopilot }), () => jules.session('1').result({ autopilot }), () => jules.all([], () => task, { autopilot })]) {
      await assert.rejects(call, (error) => error instanceof InvalidArgumentError && error.field === field, field);
    }
    assert.throws(() => jules.batch([], () => task, { key: String, autopilot }), InvalidArgumentError);
  }
  assert.deepEqual(sent, []);
});

test('a batch answers its sessions, and a failing function concerns its item alone', async () => {
  const { jules, sent } = await start();
  const mine = new Error('mine');
  const batch = jules.batch(['A', 'B'], (prompt) => ({ ...task, prompt }), {
    key: (prompt) => prompt,
    journal: memoryStore(),
    autopilot: {
      onPlan: 'approve',
      onQuestion: (message, { prompt }) => {
        if (prompt === 'B') throw mine;
        return message;
      },
    },
  });
  const items = [];
  for await (const { key, status, error } of batch) items.push([key, status, error?.code, error?.cause]);
  assert.deepEqual(items.sort(), [['A', 'completed', undefined, undefined], ['B', 'waitFailed', 'autopilot_failed', mine]]);
  assert.deepEqual(sent.sort(), ['Or that?', 'This?', 'approved', 'approved']);
});

test('the sessions of all() have its auto-pilot', async () => {
  const { jules, sent } = await start();
  const [session] = await jules.all(['A'], (prompt) => ({ ...task, prompt }), { autopilot: { onPlan: 'approve', onQuestion: 'Yes' } });
  assert.equal((await session.result()).state, 'completed');
  assert.deepEqual(sent, ['approved', 'Yes', 'Yes']);
});
