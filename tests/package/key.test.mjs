/** The API key: its sources, and that it is sent only to the service. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { connect, jules as standard, JulesApiError, JulesAuthenticationError, JulesError, MissingApiKeyError } from 'jules-wasm';
import { KEY, optionsFor, startService } from './support/fake-service.mjs';
import { sendJson, serve } from './support/server.mjs';

/** All text that a value shows of itself. */
function shown(value) {
  const looks = [
    String(value?.message), String(value?.stack), inspect(value, { showHidden: true, depth: Infinity, getters: true }),
    inspect(value, { showProxy: true, customInspect: false, depth: Infinity }), JSON.stringify(value),
  ];
  for (const name of Reflect.ownKeys(value ?? {})) looks.push(String(value[name]?.toString?.()));
  try {
    looks.push(String(value));
  } catch {
    // Not convertible to text.
  }
  if (value?.cause) looks.push(...shown(value.cause));
  return looks.filter((look) => look !== undefined);
}

function isHidden(value, secret = KEY) {
  for (const look of shown(value)) assert.ok(!look.includes(secret), look);
}

function withEnvironment(t, key) {
  const before = process.env.JULES_API_KEY;
  if (key === undefined) delete process.env.JULES_API_KEY;
  else process.env.JULES_API_KEY = key;
  t.after(() => {
    if (before === undefined) delete process.env.JULES_API_KEY;
    else process.env.JULES_API_KEY = before;
  });
}

test('without a key the first call rejects, not connect()', async (t) => {
  withEnvironment(t, undefined);
  const service = await startService(t);
  for (const apiKey of [undefined, null, '', '  ']) {
    const jules = connect({ ...optionsFor(service), apiKey });
    const session = jules.session('1');
    for (const call of [() => jules.session({ prompt: 'p' }), () => session.info(), () => session.stream().next(), () => jules.sessions()]) {
      await assert.rejects(async () => call(), (error) => {
        return error instanceof MissingApiKeyError && error.code === 'missing_api_key' && /JULES_API_KEY/.test(error.message);
      });
    }
  }
  await assert.rejects(standard.session({ prompt: 'p' }), MissingApiKeyError);
  assert.deepEqual(service.log, []);
});

test('the environment variable is read at each request, and only if no key is given', async (t) => {
  withEnvironment(t, undefined);
  const service = await startService(t);
  const { apiKey, ...options } = optionsFor(service);
  const clients = [connect(options), connect({ ...options, apiKey: '' }), connect({ ...options, apiKey: 'wrong-key' }).with({ apiKey: '' })];
  for (const jules of clients) {
    delete process.env.JULES_API_KEY;
    await assert.rejects(jules.run({ prompt: 'p' }), MissingApiKeyError);
    process.env.JULES_API_KEY = apiKey;
    await jules.run({ prompt: 'p' });
    process.env.JULES_API_KEY = 'another-wrong-key';
    await assert.rejects(jules.run({ prompt: 'p' }), JulesAuthenticationError);
    await jules.with({ apiKey }).run({ prompt: 'p' });
  }
});

test('a key may end with a line break; one that is not a valid header value throws at once', async (t) => {
  withEnvironment(t, `${KEY}\r\n`);
  const service = await startService(t);
  const { apiKey: _, ...options } = optionsFor(service);
  const jules = connect(options);
  await jules.run({ prompt: 'p' });
  for (const key of ['ключ-ключ-ключ', `${KEY.slice(0, 9)}\n${KEY.slice(9)}`]) {
    process.env.JULES_API_KEY = key;
    await assert.rejects(jules.session('1').info({ timeoutMs: 3000 }), (error) => {
      isHidden(error, key);
      return error instanceof JulesError && error.field === 'JULES_API_KEY';
    });
  }
  assert.equal(service.requests.length, 1);
});

test('a wrong key is reported with the reason of the service', async (t) => {
  const service = await startService(t);
  const jules = connect({ ...optionsFor(service), apiKey: 'a-wrong-key-0123456789' });
  for (const call of [() => jules.session({ prompt: 'p' }), () => jules.session('1').info(), () => jules.sessions()]) {
    await assert.rejects(async () => call(), (error) => {
      assert.ok(error instanceof JulesAuthenticationError && error instanceof JulesApiError);
      assert.deepEqual([error.status, error.rpcStatus, error.reason, error.name, error.code],
        [401, 'UNAUTHENTICATED', 'CREDENTIALS_MISSING', 'JulesAuthenticationError', 'authentication_failed']);
      assert.match(error.message, /API keys are not supported.*Check the API key/s);
      assert.equal(error.details[0].domain, 'googleapis.com');
      isHidden(error, 'a-wrong-key-0123456789');
      return true;
    });
  }
});

test('clients and sessions do not show the key', async (t) => {
  const service = await startService(t);
  const jules = connect(optionsFor(service));
  const session = await jules.session({ prompt: 'p' });
  const stream = session.stream();
  const cursor = jules.sessions();
  const objects = [jules, jules.with({}), jules.sources, session, session.activities, stream, cursor, jules.sources(),
    session.info(), await session.info(), await session.waitFor('awaitingPlanApproval'), await stream.next()];
  for (const object of objects) isHidden(object);
  await session.approve();
  isHidden(await session.result());
  await Promise.all(objects);
});

test('the key is removed from responses that repeat it', async (t) => {
  const lines = [];
  const keep = (line) => lines.push(line);
  const logger = { debug: keep, info: keep, warn: keep, error: keep };
  const far = 'x'.repeat(60);
  const answers = [
    (response) => response.writeHead(400, `Bad ${KEY}`).end(`<p>${KEY}</p>`),
    (response) => sendJson(response, { error: { code: 400, message: `the key ${KEY}`, status: `X${KEY}`, details: [
      { '@type': 'x.ErrorInfo', reason: KEY, metadata: { key: KEY } },
      { '@type': 'x.BadRequest', fieldViolations: [{ field: KEY, description: KEY }] },
      { [KEY]: [KEY] },
    ] } }, 400),
    (response) => response.writeHead(200).end(`${KEY} is no JSON`),
    (response) => response.writeHead(200).end(`${far}${KEY}`),
    (response) => response.writeHead(500).end(`${far}${KEY}`),
  ];
  let answer;
  const server = await serve(t, (_, response) => answer(response));
  const jules = connect({ ...optionsFor(server, { rateLimitRetry: { maxRetryTimeMs: 0 } }), logger });
  for (answer of answers) {
    for (const call of [() => jules.session({ prompt: 'p' }), () => jules.session('1').info(), () => jules.session('1').delete()]) {
      await assert.rejects(async () => call(), (error) => {
        isHidden(error);
        isHidden(error, KEY.slice(0, 12));
        return error instanceof JulesError;
      });
    }
  }
  const failing = connect({
    apiKey: KEY,
    logger,
    config: { rateLimitRetry: { maxRetryTimeMs: 0 } },
    fetch: async (_, { headers }) => {
      throw Object.assign(new TypeError(`bad ${headers['X-Goog-Api-Key']}`), { cause: { code: KEY, message: KEY } });
    },
  });
  await assert.rejects(failing.session('1').info(), (error) => (isHidden(error), error.name === 'JulesNetworkError'));
  assert.ok(lines.length >= 15, 'the logger got a line for each answer');
  isHidden(lines);
});

test('the key is sent only as a header', async (t) => {
  const service = await startService(t);
  const jules = connect(optionsFor(service));
  const session = await jules.session({ prompt: 'p' });
  await session.info();
  await session.send('m');
  for (const { url, body, headers } of service.requests) {
    const { 'x-goog-api-key': key, ...others } = headers;
    assert.equal(key, KEY);
    isHidden({ url, body, others });
  }
});

test('redirects are not followed, so that no other origin gets the key', async (t) => {
  const elsewhere = await serve(t, (_, response) => sendJson(response, { name: 'sessions/1', id: '1' }));
  let status;
  let location;
  const server = await serve(t, (_, response) => response.writeHead(status, { location }).end());
  const jules = connect(optionsFor(server));
  const session = jules.session('1');
  for (status of [301, 302, 303, 307, 308]) {
    for (location of [`${elsewhere.baseUrl}/sessions/1`, `${server.baseUrl}/other`]) {
      server.requests.length = 0;
      for (const call of [() => jules.session({ prompt: 'p' }), () => session.info({ activities: false }), () => session.delete(), () => session.send('m')]) {
        await assert.rejects(async () => call(), (error) => error instanceof JulesApiError && /redirect/.test(error.message));
      }
      assert.equal(server.requests.length, 4, 'each was asked once');
    }
  }
  assert.deepEqual(elsewhere.log, []);
});
