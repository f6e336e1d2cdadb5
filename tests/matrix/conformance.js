// What is checked in every environment: a session to its pull request, its files, a batch, errors with their classes and stacks, a stream
// that is left, an abort. Without imports and exports: each project gets it as an ES module and as CommonJS.

const TASK = { source: { github: 'owner/repo', baseBranch: 'main' } };

/**
 * @param client the exports of jules-wasm, or those of them that are used here
 * @param service the emulator: over HTTP (`baseUrl`, with the environment's own fetch), in process (`createEmulator`), or both
 * @returns the facts that lib/expected.mjs has
 */
async function conformance(client, { baseUrl, createEmulator }) {
  const config = { pollingIntervalMs: 20 };
  const files = client.parseUnidiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n');
  const facts = { parsed: files.map(({ path, additions }) => `${path} +${additions}`) };
  if (baseUrl) {
    facts.overHttp = await checks(client, client.connect({ apiKey: 'key', baseUrl, config }));
    facts.overHttp.unreachable = await unreachable(client);
  }
  if (createEmulator) {
    const emulator = await createEmulator({ stepMs: 20 });
    facts.inProcess = await checks(client, client.connect({ ...emulator, config }));
  }
  return facts;
}

async function checks(client, jules) {
  const [session, batch, errors, stream, contexts] = await Promise.all([
    wholeSession(jules), batchOf(jules), errorsOf(client, jules), leftStream(jules), ownContexts(jules),
  ]);
  return { session, batch, errors, stream, contexts };
}

async function wholeSession(jules) {
  const session = await jules.session({ ...TASK, prompt: 'Give the start page a warm theme [emulator: question]' });
  await session.waitFor('awaitingPlanApproval');
  await session.approve();
  await session.waitFor('awaitingUserFeedback');
  await session.send('Remove the old theme.');
  const activities = [];
  for await (const { type } of session.stream()) activities.push(type);
  const outcome = await session.result();
  const files = outcome.generatedFiles().all();
  return {
    activities,
    state: outcome.state,
    pullRequest: outcome.pullRequest.url.replace(/\d+$/, 'N'),
    files: files.map(({ path, changeType, additions, deletions }) => `${changeType} ${path} +${additions} -${deletions}`),
  };
}

async function batchOf(jules) {
  const sessions = await jules.all([1, 2, 3], (number) => ({ ...TASK, prompt: `Task ${number}` }));
  const outcomes = await Promise.all(sessions.map((session) => session.result()));
  return outcomes.map(({ state }) => state);
}

/** A port without a server. */
async function unreachable(client) {
  const config = { rateLimitRetry: { maxRetryTimeMs: 50, baseDelayMs: 10 } };
  const jules = client.connect({ apiKey: 'key', baseUrl: 'http://127.0.0.1:1/v1alpha', config });
  const error = await jules.session('1').info().catch((thrown) => thrown);
  return error instanceof client.JulesNetworkError ? error.name : String(error);
}

/** Calls that fail. The names of the functions are to appear in the stacks; minifiers keep those of methods. */
const FAILING = {
  JulesApiError: {
    async callerOfInfo(jules) {
      await jules.session('404').info();
    },
    async callerOfStream(jules) {
      for await (const activity of jules.session('404').stream()) throw activity;
    },
  },
  TimeoutError: {
    async callerOfTimeout(jules) {
      const session = await jules.session({ ...TASK, prompt: 'Never mind [emulator: stall]' });
      await session.waitFor('completed', { timeoutMs: 30 });
    },
  },
  AbortError: {
    async callerOfAbort(jules) {
      const session = await jules.session({ ...TASK, prompt: 'Never mind [emulator: stall]' });
      const controller = new AbortController();
      const onUpdate = () => controller.abort(new Error('enough'));
      await session.result({ signal: controller.signal, onUpdate });
    },
  },
  InvalidArgumentError: {
    async callerOfWith(jules) {
      jules.with({ apikey: 'x' });
    },
  },
};

/** For each call the error's class by name, code and `instanceof`, and whether its stack contains the caller. */
function errorsOf(client, jules) {
  const calls = Object.entries(FAILING).flatMap(([Class, callers]) => Object.entries(callers).map((call) => [Class, ...call]));
  return Promise.all(
    calls.map(async ([Class, name, call]) => {
      const error = await call(jules).catch((thrown) => thrown);
      const isOfClass = error instanceof client[Class] && error instanceof client.JulesError && error instanceof Error;
      const stack = String(error.stack).includes(name) ? `in ${name}` : error.stack;
      return [isOfClass ? Class : String(error), error.name, error.code, error.cause?.message, stack].filter(Boolean).join(' ');
    }),
  );
}

/** A stream that is left by `break` after its second activity. */
async function leftStream(jules) {
  const run = await jules.run({ ...TASK, prompt: 'Tidy up' });
  const seen = [];
  for await (const { type } of run.stream()) {
    seen.push(type);
    if (seen.length === 2) break;
  }
  return seen;
}

/** Whether callbacks run in the async context of their caller, where the environment has such contexts. */
async function ownContexts(jules) {
  const Storage = asyncStorage();
  if (!Storage) return true;
  const storage = new Storage();
  const seen = [];
  const run = async (name) => {
    const session = await jules.run({ ...TASK, prompt: `Tidy up ${name}` });
    await session.result({ onUpdate: () => void seen.push(storage.getStore() === name) });
  };
  await Promise.all(['a', 'b', 'c'].map((name) => storage.run(name, run, name)));
  return seen.length > 2 && seen.every(Boolean);
}

/** Next.js throws where its edge runtime lacks a module. */
function asyncStorage() {
  try {
    return globalThis.process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage;
  } catch {
    return undefined;
  }
}
