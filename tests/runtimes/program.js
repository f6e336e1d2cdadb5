// The program of a user, for any runtime: sessions in process and over HTTP, their streams, outcomes and errors.
import { connect, JulesApiError, JulesNetworkError, parseUnidiff, TimeoutError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

const TASK = { source: { github: 'owner/repo', baseBranch: 'main' } };

/** With the emulator that the runtime has in process, on its virtual clock. */
async function inProcess() {
  const emulator = await createEmulator({ clock: 'virtual', scenario: 'question' });
  const jules = connect({ ...emulator, config: { pollingIntervalMs: 1 } });
  const session = await jules.session({ ...TASK, prompt: 'Give the start page a warm theme' });
  await session.waitFor('awaitingPlanApproval');
  await session.approve();
  await session.waitFor('awaitingUserFeedback');
  await session.send('Remove the old theme.');
  const types = [];
  for await (const { type } of session.stream()) types.push(type);
  const outcome = await session.result();
  return {
    types,
    state: outcome.state,
    pullRequest: outcome.pullRequest.url,
    files: outcome.generatedFiles().all().map(({ path, changeType }) => `${changeType} ${path}`),
    creates: emulator.requests.filter(({ method, url }) => method === 'POST' && url.endsWith('/sessions')).length,
  };
}

/** With the runtime's own fetch. */
async function overHttp(baseUrl) {
  const config = { pollingIntervalMs: 20, rateLimitRetry: { maxRetryTimeMs: 50, baseDelayMs: 10 } };
  const jules = connect({ apiKey: 'key', baseUrl, config });
  const sessions = await jules.all([1, 2, 3], (number) => ({ ...TASK, prompt: `Task ${number}` }));
  const outcomes = await Promise.all(sessions.map((session) => session.result()));
  const open = await jules.session({ ...TASK, prompt: 'Never mind [emulator: stall]' });
  const failures = await Promise.allSettled([
    jules.session('1').info(),
    connect({ apiKey: 'key', baseUrl: 'http://127.0.0.1:1/v1alpha', config }).session('1').info(),
    open.waitFor('completed', { timeoutMs: 30 }),
  ]);
  const classes = [JulesApiError, JulesNetworkError, TimeoutError];
  return {
    states: outcomes.map(({ state }) => state),
    failures: failures.map(({ reason }, index) => reason instanceof classes[index] || String(reason)),
  };
}

const callers = {
  async callerOfInfo(jules) {
    await jules.session('1').info();
  },
  async callerOfStream(jules) {
    for await (const activity of jules.session('1').stream()) throw activity;
  },
  async callerOfSessions(jules) {
    await jules.sessions();
  },
};

/** Whether the stack of an error contains the calling function. */
async function stacks(baseUrl) {
  const jules = connect({ apiKey: 'key', baseUrl: `${baseUrl}/nothing-here` });
  const errors = Object.entries(callers).map(async ([name, call]) => {
    const { stack } = await call(jules).catch((error) => error);
    return stack.includes(name) || stack;
  });
  return { stacks: await Promise.all(errors) };
}

/** Whether callbacks of concurrent calls run in the async context of their caller, if the runtime has such contexts. */
async function contexts() {
  const hooks = globalThis.process?.getBuiltinModule?.('node:async_hooks');
  if (!hooks?.AsyncLocalStorage) return { contexts: true };
  const storage = new hooks.AsyncLocalStorage();
  const jules = connect({ ...(await createEmulator({ clock: 'virtual' })), config: { pollingIntervalMs: 1 } });
  const seen = [];
  const run = async (name) => {
    const session = await jules.run({ ...TASK, prompt: name });
    await session.result({ onUpdate: () => void seen.push([name, storage.getStore()]) });
  };
  await Promise.all(['a', 'b', 'c'].map((name) => storage.run(name, run, name)));
  return { contexts: seen.length > 3 && seen.every(([name, store]) => name === store) };
}

export const program = async (baseUrl) => ({
  ...(await stacks(baseUrl)),
  ...(await contexts()),
  ...(await inProcess()),
  ...(await overHttp(baseUrl)),
  parsed: parseUnidiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n').map(({ path, additions }) => ({ path, additions })),
});
