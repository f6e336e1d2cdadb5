/** What is logged at each level, and that it contains neither the key nor a prompt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect } from 'jules-wasm';
import { KEY, optionsFor, startService } from './support/fake-service.mjs';
import { sendJson } from './support/server.mjs';
import { runNode } from './tools.mjs';

const LEVELS = ['off', 'error', 'warn', 'info', 'debug'];
const PROMPT = 'Rename the secret garden';

/** A service whose first response to a read is 503. */
function failingOnce(t) {
  let hasFailed = false;
  return startService(t, ({ method }, response) => {
    if (method !== 'GET' || hasFailed) return false;
    hasFailed = true;
    return sendJson(response, { error: { code: 503, message: 'Try again.', status: 'UNAVAILABLE' } }, 503) ?? true;
  });
}

/** Creates a session, sends a message, reads it after a failure, and reads one that does not exist. */
async function use(jules) {
  const session = await jules.session({ prompt: PROMPT });
  await session.send(PROMPT);
  await session.info({ activities: false });
  await jules.session('404').info({ activities: false }).catch(() => {});
  await session.info({ signal: AbortSignal.abort() }).catch(() => {});
  return session.id;
}

/** A logger that keeps its lines, with methods that depend on `this`, as pino's do. */
class Logger {
  lines = [];
  error(line) { this.lines.push(['error', line]); }
  warn(line) { this.lines.push(['warn', line]); }
  info(line) { this.lines.push(['info', line]); }
  debug(line) { this.lines.push(['debug', line]); }
}

test('each level has the lines of those before it', async (t) => {
  for (const [index, logLevel] of [...LEVELS, undefined].entries()) {
    const service = await failingOnce(t);
    const logger = new Logger();
    const id = await use(connect({ ...optionsFor(service), logger, logLevel }));
    const url = `${service.baseUrl}/sessions`;
    const all = [
      ['info', `POST ${url} answered 200`],
      ['info', `POST ${url}/${id}:sendMessage answered 200`],
      ['debug', `GET ${url}/${id} answered 503`],
      ['warn', /Try again\. .*Next attempt in \d+ ms/],
      ['debug', `GET ${url}/${id} answered 200`],
      ['debug', `GET ${url}/404 answered 404`],
      ['error', /^info\(\) failed: \[404 NOT_FOUND\] /],
    ];
    const expected = all.filter(([level]) => LEVELS.indexOf(level) <= index);
    assert.deepEqual(logger.lines.map(([level]) => level), expected.map(([level]) => level), logLevel);
    for (const [at, [, line]] of expected.entries()) {
      if (typeof line === 'string') assert.equal(logger.lines[at][1], line);
      else assert.match(logger.lines[at][1], line);
    }
    const text = JSON.stringify(logger.lines);
    assert.ok(!text.includes(KEY) && !text.includes(PROMPT), text);
  }
});

test('a logger that lacks methods gets the lines of those that it has', async (t) => {
  const service = await failingOnce(t);
  const lines = [];
  await use(connect({ ...optionsFor(service), logger: { warn: (line) => lines.push(line) } }));
  assert.equal(lines.length, 1);
});

test('JULES_LOG logs to the console; the option logLevel overrides it', async (t) => {
  const run = async (variable, options = '{}') => {
    const service = await startService(t);
    const source = `
      import { connect } from 'jules-wasm';
      const jules = connect({ apiKey: '${KEY}', baseUrl: '${service.baseUrl}', ...${options} });
      await jules.session({ prompt: '${PROMPT}' });
      await jules.session('404').info({ activities: false }).catch(() => {});
    `;
    const { code, stdout, stderr } = await runNode(source, { env: { ...process.env, JULES_LOG: variable } });
    assert.equal(code, 0, stderr);
    return { stdout: stdout.replaceAll(service.baseUrl, ''), stderr: stderr.replaceAll(service.baseUrl, '') };
  };
  const { stdout, stderr } = await run(' debug ');
  assert.equal(stdout, 'jules-wasm: POST /sessions answered 200\njules-wasm: GET /sessions/404 answered 404\n');
  assert.match(stderr, /^jules-wasm: info\(\) failed: \[404 NOT_FOUND\] GET \/sessions\/404: [^\n]*\n$/);
  assert.deepEqual(Object.values(await run('error')), ['', stderr]);
  for (const [variable, options] of [['', '{}'], ['off', '{}'], ['debug', "{ logLevel: 'off' }"]]) {
    assert.deepEqual(await run(variable, options), { stdout: '', stderr: '' });
  }
});

test('an unknown level in JULES_LOG rejects the first call, before any request', async (t) => {
  const service = await startService(t);
  const before = process.env.JULES_LOG;
  t.after(() => (before === undefined ? delete process.env.JULES_LOG : (process.env.JULES_LOG = before)));
  process.env.JULES_LOG = 'verbose';
  const jules = connect(optionsFor(service));
  const refused = { code: 'invalid_argument', field: 'JULES_LOG', message: /must be "off" or "error" or "warn" or "info" or "debug"/ };
  await assert.rejects(jules.session({ prompt: PROMPT }), refused);
  await assert.rejects(jules.session('1').stream().next(), refused);
  assert.equal((await connect({ ...optionsFor(service), logLevel: 'off' }).session({ prompt: PROMPT })).id.length > 0, true);
  assert.equal(service.requests.length, 1);
});
