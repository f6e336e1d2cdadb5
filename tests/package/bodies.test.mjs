/** Invalid responses result in typed errors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { connect, JulesApiError, JulesDecodeError, JulesError, JulesNetworkError } from 'jules-wasm';
import { optionsFor } from './support/fake-service.mjs';
import { sendJson, serve } from './support/server.mjs';

const SESSION = { name: 'sessions/1', id: '1', state: 'COMPLETED', prompt: 'p', createTime: '2026-08-21T21:05:11Z' };

/** A client without retries, of a server that answers all requests in the same way. */
async function answering(t, answer) {
  const server = await serve(t, answer);
  return { server, jules: connect(optionsFor(server, { rateLimitRetry: { maxRetryTimeMs: 0 } })) };
}

/** Every call, with the error that it must end with. */
async function everyCallRejects(jules, check) {
  const session = jules.session('1');
  const calls = {
    create: () => jules.session({ prompt: 'p' }), info: () => session.info(), state: () => session.info({ activities: false }),
    waitFor: () => session.waitFor('completed'), result: () => session.result(), stream: () => session.stream().next(),
    ask: () => session.ask('m'), send: () => session.send('m'), sessions: () => jules.sessions(), sources: () => jules.sources().next(),
    source: () => jules.sources.get({ github: 'a/b' }), activities: () => session.activities.list(),
    activity: () => session.activities.get('a'), delete: () => session.delete(), approve: () => session.approve(),
  };
  for (const [name, call] of Object.entries(calls)) {
    await assert.rejects(async () => call(), (error) => {
      assert.ok(error instanceof JulesError && !(error instanceof SyntaxError), `${name}: ${error.stack}`);
      assert.ok(!error.message.includes('Internal error of jules-wasm'), error.message);
      check(error, name);
      return true;
    });
  }
}

const BROKEN = {
  'a page of HTML': '<!doctype html><title>Sign in</title>',
  'the beginning of JSON': '{"name":"sessions/1","id"',
  'a string that does not end': '{"name":"sess',
  'plain words': 'OK',
  'two values': '{} {}',
  'a comma too many': '{"a":1,}',
  'single quotes': "{'a':1}",
  'NaN': '{"a":NaN}',
  'a control character': '{"a":"\u0001"}',
  'UTF-16': Buffer.from('\ufeff{"name":"sessions/1"}', 'utf16le'),
  'random bytes': Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 151 + 128) % 256)),
  'nesting a million deep': '['.repeat(1_000_000),
};

for (const [what, body] of Object.entries(BROKEN)) {
  test(`status 200 with ${what} is a JulesDecodeError`, async (t) => {
    const { jules } = await answering(t, (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body));
    await everyCallRejects(jules, (error, name) => {
      assert.ok(error instanceof JulesDecodeError, `${name}: ${error.stack}`);
      assert.deepEqual([error.status, error.code], [200, 'decode_error']);
      assert.match(error.message, /not JSON/);
    });
  });
}

test('an incomplete response is reported as such', async (t) => {
  const cuts = {
    'content-length': (response) => {
      response.writeHead(200, { 'content-length': 500 });
      response.write('{"name":"sessions/1",');
    },
    chunked: (response) => {
      response.writeHead(200);
      response.write('{"name":"sessions/1",');
    },
    gzip: (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.write(gzipSync(JSON.stringify(SESSION)).subarray(0, 30));
    },
    'before the body': (response) => response.writeHead(200, { 'content-length': 5 }).flushHeaders(),
  };
  for (const [name, cut] of Object.entries(cuts)) {
    const { jules } = await answering(t, (_, response) => {
      cut(response);
      setImmediate(() => response.destroy());
    });
    await everyCallRejects(jules, (error) => {
      assert.ok(error instanceof JulesNetworkError, `${name}: ${error.stack}`);
      assert.equal(error.outcome, 'unknown');
    });
  }
});

test('a connection that closes without a response is reported as such', async (t) => {
  const { jules } = await answering(t, (_, response) => response.destroy());
  await everyCallRejects(jules, (error) => {
    assert.ok(error instanceof JulesNetworkError && error.cause instanceof Error, error.stack);
  });
});

test('an error response without JSON keeps its status', async (t) => {
  for (const [status, body] of [[502, '<html>Bad gateway'], [400, ''], [404, '{"error":'], [418, '[]'], [500, '{"error":"text"}'], [400, '"x"'], [403, 'null'],
    [503, '{"error":{"details":[null,7,{"@type":5}]}}'], [429, '{"error":{"message":5,"status":{},"details":{}}}']]) {
    const { jules } = await answering(t, (_, response) => response.writeHead(status).end(body));
    await assert.rejects(jules.session({ prompt: 'p' }), (error) => error instanceof JulesApiError && error.status === status);
    await assert.rejects(jules.session('1').info(), (error) => error instanceof JulesApiError && error.status === status);
  }
});

test('an empty body is valid only for operations without a result', async (t) => {
  for (const status of [200, 204, 205]) {
    const { jules } = await answering(t, (_, response) => response.writeHead(status).end());
    const session = jules.session('1');
    await session.approve();
    await session.send('m');
    await session.archive();
    await session.delete();
    for (const read of [() => session.activities.list(), () => jules.sessions().all(), () => session.info(), () => session.result(), () => session.wait()]) {
      await assert.rejects(read, (error) => error instanceof JulesDecodeError && error.status === status);
    }
    await assert.rejects(jules.session({ prompt: 'p' }), (error) => error instanceof JulesDecodeError && /neither name nor id/.test(error.message));
  }
});

test('JSON that is not an object is a JulesDecodeError', async (t) => {
  for (const body of ['null', '[]', '7', '"text"', 'true', '[{"name":"sessions/1"}]']) {
    const { jules } = await answering(t, (_, response) => response.writeHead(200).end(body));
    for (const read of [() => jules.session('1').info(), () => jules.session('1').waitFor('completed'), () => jules.sessions().all()]) {
      await assert.rejects(read, (error) => error instanceof JulesDecodeError && /is not an object/.test(error.message));
    }
    await assert.rejects(jules.session({ prompt: 'p' }), JulesDecodeError);
  }
});

test('compressed responses, byte order marks and wrong or missing content types are accepted', async (t) => {
  const text = JSON.stringify({ ...SESSION, prompt: 'Grüße, 世界 👋' });
  const answers = [
    [{ 'content-encoding': 'gzip' }, gzipSync(text)],
    [{ 'content-encoding': 'br' }, brotliCompressSync(text)],
    [{ 'content-type': 'text/html; charset=iso-8859-1' }, text],
    [{ 'content-type': 'application/json; charset=utf-16' }, text],
    [{}, text],
    [{}, `\ufeff${text}\r\n`],
  ];
  for (const [headers, body] of answers) {
    const { jules } = await answering(t, (_, response) => response.writeHead(200, headers).end(body));
    assert.equal((await jules.session('1').info({ activities: false })).prompt, 'Grüße, 世界 👋');
  }
});

test('an activity of ten megabytes is returned whole', async (t) => {
  const data = Buffer.alloc(7_500_000, 'jules').toString('base64');
  const patch = `diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1,200000 @@\n${'+"line" \\ of ü text\n'.repeat(200_000)}`;
  const activity = {
    name: 'sessions/1/activities/a', id: 'a', createTime: '2026-08-21T21:05:11Z', progressUpdated: {},
    artifacts: [{ media: { data, mimeType: 'image/png' } }, { changeSet: { gitPatch: { unidiffPatch: patch } } }],
  };
  const { jules } = await answering(t, ({ path }, response) =>
    sendJson(response, path.endsWith('/activities') ? { activities: [activity] } : SESSION));
  const { activities } = await jules.session('1').info();
  const [media, changeSet] = activities[0].artifacts;
  assert.equal(media.data.length, 10_000_000);
  assert.equal(media.bytes().length, 7_500_000);
  assert.equal(changeSet.gitPatch.unidiffPatch, patch);
  assert.equal(changeSet.parsed().files[0].additions, 200_000);
});

test('an activity with deep unknown content is kept', async (t) => {
  const deep = JSON.parse('{"a":'.repeat(90) + '1' + '}'.repeat(90));
  const activities = [{ id: 'a', createTime: '2026-08-21T21:05:11Z', future: deep }, { id: 'b', createTime: '2026-08-21T21:05:12Z', sessionCompleted: {} }];
  const { jules } = await answering(t, (_, response) => sendJson(response, { activities }));
  const page = await jules.session('1').activities.list();
  assert.deepEqual(page.activities.map(({ type }) => type), ['unknown', 'sessionCompleted']);
  assert.deepEqual(page.activities[0].raw.future, deep);
});

test('a list whose page tokens repeat, or whose pages stay empty, is an error after what was read, and nothing is deleted', async () => {
  const pages = { '': ['1', 'a'], a: ['2', 'b'], b: ['3', 'a'] };
  const methods = new Set();
  const tokenOf = (url) => new URL(url).searchParams.get('pageToken') ?? '';
  const circular = async (url, { method }) => {
    methods.add(method);
    const [id, nextPageToken] = pages[tokenOf(url)];
    return Response.json({ sessions: [{ ...SESSION, name: `sessions/${id}`, id }], nextPageToken });
  };
  const jules = connect({ apiKey: 'a-key', fetch: circular });
  const ids = [];
  const reading = async () => {
    for await (const { id } of jules.sessions()) ids.push(id);
  };
  const isIncomplete = (words) => (error) => error instanceof JulesDecodeError && words.test(error.message);
  await assert.rejects(reading(), isIncomplete(/repeated the token of a page/));
  assert.deepEqual(ids, ['1', '2', '3']);
  await assert.rejects(jules.sessions().delete(() => true), isIncomplete(/incomplete/));
  assert.deepEqual([...methods], ['GET']);

  let requests = 0;
  const empty = connect({ apiKey: 'a-key', fetch: async () => Response.json({ nextPageToken: `${requests++}` }) });
  await assert.rejects(empty.sessions().all(), isIncomplete(/pages were empty/));
  await assert.rejects(async () => {
    for await (const source of empty.sources()) assert.fail(source.name);
  }, isIncomplete(/pages were empty/));
  assert.ok(requests <= 1100, `${requests}`);
});

test('a response with status 0 or 304 is explained', async () => {
  const answer = (status) => ({ status, statusText: '', headers: new Headers(), arrayBuffer: async () => new ArrayBuffer(0) });
  for (const [status, words] of [[0, /opaque|redirect|blocked/], [304, /not modified/i]]) {
    const jules = connect({ apiKey: 'k', fetch: async () => answer(status) });
    for (const call of [() => jules.session('1').info(), () => jules.run({ prompt: 'p' }), () => jules.session('1').waitFor('completed')]) {
      await assert.rejects(call(), (error) => error.status === status && words.test(error.message), String(status));
    }
  }
});

test('a page that does not end is given up at 64 MB and asked for in smaller ones, down to an activity without its artifacts', async () => {
  const chunk = new Uint8Array(1 << 20).fill(0x20);
  const asked = [];
  let read = 0;
  const endless = () =>
    new Response(new ReadableStream({
      pull: (controller) => {
        read += chunk.length;
        controller.enqueue(chunk);
      },
    }));
  const activity = { name: 'sessions/1/activities/a', id: 'a', createTime: '2026-08-21T21:05:11Z', progressUpdated: { title: 't' } };
  const fetch = async (url) => {
    const { pathname, searchParams } = new URL(url);
    if (!pathname.endsWith('/activities')) return Response.json({ ...activity, artifacts: [{ media: { data: 'AAAA' } }] });
    asked.push([searchParams.get('pageSize'), searchParams.has('fields')]);
    return searchParams.has('fields') ? Response.json({ activities: [activity] }) : endless();
  };
  const session = connect({ apiKey: 'a-key', fetch }).session('1');
  const { activities } = await session.activities.list({ pageSize: 10 });
  assert.deepEqual(asked, [['10', false], ['2', false], ['1', false], ['1', true]]);
  assert.ok(read < 3 * 70 * 2 ** 20, `${read} bytes`);
  assert.deepEqual([activities.length, activities[0].artifacts, activities[0].artifactsOmitted], [1, [], true]);
  const whole = await session.activities.get('a');
  assert.deepEqual([whole.artifacts.length, 'artifactsOmitted' in whole], [1, false]);
});
