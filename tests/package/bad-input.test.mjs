/** Invalid arguments and options are rejected before any request, with the name of the field. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect, InvalidArgumentError, jules as standard, JulesError } from 'jules-wasm';
import { optionsFor, startService } from './support/fake-service.mjs';

const REPO = { github: 'owner/repo', baseBranch: 'main' };
const cyclic = { prompt: 'p' };
cyclic.self = cyclic;
const thrower = (what) => { throw new Error(what); };
const throwing = new Proxy({}, {
  get: () => thrower('get'),
  has: () => thrower('has'),
  ownKeys: () => thrower('ownKeys'),
  getOwnPropertyDescriptor: () => thrower('descriptor'),
});
const withGetter = (name) => Object.defineProperty({}, name, { enumerable: true, get: () => thrower('getter') });
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
class Config {
  constructor() {
    this.prompt = 7;
  }
}

/** Values that are not an options object. */
const NO_OBJECTS = { number: 42, string: 'text', boolean: true, symbol: Symbol('s'), bigint: 5n, function: () => {} };

/** Every call with options, as `(options) => promise`. */
const callsOf = (jules) => {
  const session = jules.session('1');
  return {
    'session(config)': (o) => jules.session({ prompt: 'p' }, o),
    run: (o) => jules.run({ prompt: 'p' }, o),
    sessions: (o) => jules.sessions(o).then((page) => page),
    'sessions().all()': (o) => jules.sessions(o).all(),
    sources: (o) => jules.sources(o).next(),
    'sources.get': (o) => jules.sources.get({ github: 'o/r' }, o),
    info: (o) => session.info(o),
    waitFor: (o) => session.waitFor('completed', o),
    result: (o) => session.result(o),
    approve: (o) => session.approve(o),
    send: (o) => session.send('m', o),
    ask: (o) => session.ask('m', o),
    wait: (o) => session.wait(o),
    stream: async (o) => session.stream(o).next(),
    archive: (o) => session.archive(o),
    unarchive: (o) => session.unarchive(o),
    delete: (o) => session.delete(o),
    'activities.list': (o) => session.activities.list(o),
    'activities.get': (o) => session.activities.get('a', o),
  };
};

let service;
let jules;

/** Each case is its name, the call, and the field that the error must name, if any. */
async function refuses(cases) {
  const problems = [];
  for (const [name, act, field] of cases) {
    let error;
    try {
      await act();
      problems.push(`${name}: was accepted`);
      continue;
    } catch (thrown) {
      error = thrown;
    }
    const is = error instanceof JulesError && error instanceof InvalidArgumentError && error instanceof TypeError;
    if (!is) problems.push(`${name}: ${error?.stack ?? error}`);
    else if (field !== undefined && error.field !== field) problems.push(`${name}: names ${error.field}, not ${field}`);
    else if (!error.field || !error.message.includes(error.field)) problems.push(`${name}: "${error.message}" names no field`);
    else if (error.code !== 'invalid_argument') problems.push(`${name}: code ${error.code}`);
  }
  assert.equal(problems.join('\n'), '');
  assert.deepEqual(service.log, [], 'nothing was sent');
}

test.beforeEach(async (t) => {
  service = await startService(t);
  jules = connect(optionsFor(service));
});

test('a configuration without a valid prompt is rejected', async () => {
  for (const make of ['session', 'run']) {
    await refuses([
      ['nothing', () => jules[make](), 'prompt'],
      ['undefined', () => jules[make](undefined), 'prompt'],
      ['null', () => jules[make](null), 'prompt'],
      ['{}', () => jules[make]({}), 'prompt'],
      ...[undefined, null, '', '  \n\t', 7, true, [], ['p'], {}, NaN, Infinity, 5n, Symbol('p'), () => 'p'].map((prompt) =>
        [`prompt ${typeof prompt} ${String(prompt)}`, () => jules[make]({ prompt }), 'prompt']),
      ['a class instance', () => jules[make](new Config()), 'prompt'],
      ['an array', () => jules[make](['p'])],
      ['a date', () => jules[make](new Date(0))],
      ['a map', () => jules[make](new Map([['prompt', 'p']])), 'prompt'],
      ['a cyclic object', () => jules[make](cyclic)],
      ['a proxy that throws', () => jules[make](throwing)],
      ['a revoked proxy', () => jules[make](revoked)],
      ['a getter that throws', () => jules[make](withGetter('prompt'))],
      ['a toJSON that throws', () => jules[make]({ prompt: 'p', toJSON: () => thrower('toJSON') })],
      ['a nested proxy that throws', () => jules[make]({ prompt: 'p', source: throwing })],
      ['a nested getter that throws', () => jules[make]({ prompt: 'p', source: withGetter('github') })],
    ]);
  }
  await refuses(Object.entries(NO_OBJECTS).filter(([name]) => name !== 'string').flatMap(([name, value]) => [
    [`session(${name})`, () => jules.session(value)],
    [`run(${name})`, () => jules.run(value)],
  ]));
  await refuses([['run(string)', () => jules.run('Fix it')]]);
});

test('a configuration with an invalid source or option is rejected', async () => {
  const bad = (rest, field) => [JSON.stringify(rest), () => jules.session({ prompt: 'p', ...rest }), field];
  const source = (rest, field) => bad({ source: { ...REPO, ...rest } }, field);
  await refuses([
    ...['repo', '', ' ', 'a/', '/b', 'a/b/c', '../..', 'a/..', 'https://github.com/a/b', 'a b/c', 7, null, {}].map((github) =>
      source({ github }, 'source.github')),
    ...['', ' ', 7, null, undefined, []].map((baseBranch) => source({ baseBranch }, 'source.baseBranch')),
    source({ branch: 'main' }, 'source.branch'),
    bad({ source: 'owner/repo' }, 'source'),
    bad({ source: 7 }, 'source'),
    bad({ source: [] }, 'source'),
    bad({ title: 7 }, 'title'),
    bad({ requireApproval: 'yes' }, 'requireApproval'),
    bad({ autoPr: 1 }, 'autoPr'),
    bad({ autoPR: true }, 'autoPR'),
    bad({ requirePlanApproval: true }, 'requirePlanApproval'),
    bad({ constructor: 1 }, 'constructor'),
    ['__proto__', () => jules.session(JSON.parse('{"prompt":"p","__proto__":{"a":1}}'))],
  ]);
});

test('an invalid session id throws synchronously', async () => {
  for (const id of ['../sources', '..', '', ' ', '1/2', 'sessions/', 'a b', '1?x=1', '1#x', '%2e%2e', '1:approvePlan', 'https://evil.test/session/1', '\u0000']) {
    assert.throws(() => jules.session(id), (error) => error instanceof JulesError && error instanceof TypeError && error.field === 'session id', id);
  }
  for (const id of ['1', 'sessions/1', 'https://jules.google.com/session/1', 'https://jules.google.com/u/0/session/1/']) assert.equal(jules.session(id).id, '1');
  assert.throws(() => { jules.session('1').id = '../sources'; }, TypeError);
  await refuses(['../x', '', 'a/../..', 'sessions/2/activities/a', 42, undefined, null, {}, Symbol('a')].map((id) =>
    [`activities.get(${String(id)})`, () => jules.session('1').activities.get(id), 'activity id']));
});

test('every call rejects unknown options and options of the wrong type', async () => {
  const calls = callsOf(jules);
  for (const [name, call] of Object.entries(calls)) {
    await refuses([
      [`${name} unknown`, () => call({ tiemoutMs: 5 }), 'tiemoutMs'],
      ...Object.entries(NO_OBJECTS).map(([kind, value]) => [`${name} ${kind}`, () => call(value)]),
      [`${name} an array`, () => call([1])],
      [`${name} proxy`, () => call(throwing)],
      [`${name} revoked`, () => call(revoked)],
      [`${name} getter`, () => call(withGetter('timeoutMs'))],
      [`${name} getter of the signal`, () => call(withGetter('signal'))],
      ...[7, 'abort', {}, { aborted: false }, true, () => {}, Symbol('s'), new EventTarget()].map((signal) =>
        [`${name} signal ${String(signal)}`, () => call({ signal }), 'signal']),
      ...(name === 'stream' ? [] : [-1, NaN, -Infinity, '5', {}, 5n].map((timeoutMs) =>
        [`${name} timeoutMs ${String(timeoutMs)}`, () => call({ timeoutMs }), 'timeoutMs'])),
    ]);
  }
});

test('options of one call are rejected by all others', async () => {
  const { result, info, stream, wait, 'sessions().all()': sessions, sources, 'activities.list': activities, ...others } = callsOf(jules);
  await refuses([
    ...Object.entries({ ...others, info }).map(([name, call]) => [`${name} onUpdate`, () => call({ onUpdate() {} }), 'onUpdate']),
    ...[7, 'f', {}, true, [], Symbol('f')].map((onUpdate) => [`onUpdate ${String(onUpdate)}`, () => result({ onUpdate }), 'onUpdate']),
    ['throwOnFailure', () => result({ throwOnFailure: 'no' }), 'throwOnFailure'],
    ['activities', () => info({ activities: 1 }), 'activities'],
    ...['', 'x', '12', 7, {}].map((after) => [`after ${String(after)}`, () => stream({ after }), 'after']),
    ['follow', () => stream({ follow: 1 }), 'follow'],
    ['artifacts', () => stream({ artifacts: 'no' }), 'artifacts'],
    ['until', () => wait({ until: 'done' }), 'until'],
    ['one of until', () => wait({ until: ['completed', 'done'] }), 'until'],
    ['until of numbers', () => wait({ until: [1] }), 'until'],
    ['stallMs', () => wait({ stallMs: 0 }), 'stallMs'],
    ['exclude', () => stream({ exclude: 'user' }), 'exclude'],
    ['exclude.originator', () => stream({ exclude: { originator: 1 } }), 'exclude.originator'],
    ['exclude.x', () => stream({ exclude: { x: 1 } }), 'exclude.x'],
    ...Object.entries({ sessions, sources, activities }).flatMap(([name, call]) => [
      ...[0, -1, 1.5, NaN, '5', {}].map((pageSize) => [`${name} pageSize ${String(pageSize)}`, () => call({ pageSize }), 'pageSize']),
      [`${name} pageToken`, () => call({ pageToken: 7 }), 'pageToken'],
      [`${name} filter`, () => call({ filter: 7 }), 'filter'],
    ]),
    ...Object.entries({ sessions, sources }).flatMap(([name, call]) =>
      ['500', 1e9 + 0.5, Infinity, Symbol('s')].map((pageSize) => [`${name} pageSize ${String(pageSize)} of ten`, () => call({ pageSize, limit: 10 }), 'pageSize'])),
    ...Object.entries({ sessions, sources }).flatMap(([name, call]) =>
      [-1, 1.5, NaN, -Infinity, '5', {}, Symbol('l')].map((limit) => [`${name} limit ${String(limit)}`, () => call({ limit }), 'limit'])),
  ]);
});

test('the error for an unknown option lists the known ones', async () => {
  const session = jules.session('1');
  const known = async (call) => {
    const { message } = await (async () => call({ nonsense: 1 }))().then(() => assert.fail('was accepted'), (error) => error);
    return [...message.matchAll(/"(\w+)"/g)].map(([, name]) => name).sort();
  };
  const page = ['filter', 'pageSize', 'pageToken', 'signal', 'timeoutMs'];
  assert.deepEqual(await known((o) => session.approve(o)), ['signal', 'timeoutMs']);
  assert.deepEqual(await known((o) => session.result(o)), ['autopilot', 'onUpdate', 'signal', 'throwOnFailure', 'timeoutMs']);
  assert.deepEqual(await known((o) => session.wait(o)), ['autopilot', 'onUpdate', 'signal', 'stallMs', 'timeoutMs', 'until']);
  assert.deepEqual(await known((o) => session.activities.list(o)), page);
  assert.deepEqual(await known((o) => jules.sessions(o).all()), [...page, 'limit'].sort());
  assert.deepEqual(await known((o) => jules.sources(o).next()), [...page, 'limit'].sort());
  assert.deepEqual(await known(async (o) => session.stream(o)), ['after', 'artifacts', 'exclude', 'follow', 'signal', 'timeoutMs']);
  assert.deepEqual(await known((o) => jules.all([], () => ({}), o)), ['autopilot', 'concurrency', 'delayMs', 'maxRunning', 'onProgress', 'signal', 'stopOnError', 'timeoutMs']);
  const client = ['apiKey', 'aroundAttempt', 'baseUrl', 'config', 'fetch', 'headers', 'logLevel', 'logger', 'onUnknownOutcome', 'throwOnFailure'];
  assert.deepEqual(await known(async (o) => connect(o)), client);
});

test('the error for a value that is not a string says so', async () => {
  const session = jules.session('1');
  for (const [given, problem] of [[undefined, 'is missing'], [null, 'is missing'], [7, 'must be a string, not a number'], ['', 'must not be empty']]) {
    for (const call of [() => session.activities.get(given), () => session.waitFor(given), () => jules.sources.get({ github: given })]) {
      await assert.rejects(call, (error) => error instanceof InvalidArgumentError && error.message.includes(problem));
    }
  }
  await assert.rejects(session.info({ timeoutMs: NaN }), /timeoutMs: must be a finite number/);
});

test('messages, states and repositories are validated', async () => {
  const session = jules.session('1');
  const values = [undefined, null, '', ' ', 7, {}, [], Symbol('m'), 5n, () => 'm', throwing];
  await refuses([
    ...values.flatMap((message) => [
      ['send', () => session.send(message), 'prompt'],
      ['ask', () => session.ask(message), 'prompt'],
    ]),
    ...[undefined, null, '', 'done', 'COMPLETED', 'InProgress', 7, {}, Symbol('s')].map((state) =>
      [`waitFor ${String(state)}`, () => session.waitFor(state), 'state']),
    ...[undefined, null, {}, 'owner/repo', { github: 'repo' }, { github: 7 }].map((source) =>
      [`sources.get ${JSON.stringify(source)}`, () => jules.sources.get(source)]),
  ]);
});

test('the arguments and options of a batch are validated', async () => {
  const make = () => ({ prompt: 'p' });
  await refuses([
    ...[undefined, null, 7, {}, Symbol('s'), () => {}].map((items) => [`items ${String(items)}`, () => jules.all(items, make), 'items']),
    ...[undefined, null, 'f', {}].map((mapper) => [`mapper ${String(mapper)}`, () => jules.all([1], mapper), 'mapper']),
    ...[undefined, 'f'].map((mapper) => [`mapper ${String(mapper)} for nothing`, () => jules.all([], mapper), 'mapper']),
    ...[0, -1, 1.5, NaN, Infinity, '5'].map((concurrency) => [`concurrency ${concurrency}`, () => jules.all([1], make, { concurrency }), 'concurrency']),
    ['delayMs', () => jules.all([1], make, { delayMs: -1 }), 'delayMs'],
    ['stopOnError', () => jules.all([1], make, { stopOnError: 'no' }), 'stopOnError'],
    ['unknown', () => jules.all([1], make, { parallel: 3 }), 'parallel'],
    ...Object.entries(NO_OBJECTS).map(([kind, value]) => [`options ${kind}`, () => jules.all([1], make, value)]),
    ['options proxy', () => jules.all([1], make, throwing)],
  ]);
});

test('the error for a value that is not data names its path', async () => {
  const retries = { rateLimitRetry: { maxRetryTimeMs: Infinity } };
  assert.throws(() => connect({ config: retries }), { field: 'config.rateLimitRetry.maxRetryTimeMs' });
  assert.throws(() => connect({ config: { get pollingIntervalMs() { throw 0; } } }), { field: 'config.pollingIntervalMs' });
  await assert.rejects(jules.session({ prompt: 'p', source: { github: () => 'owner/repo' } }), { field: 'source.github' });
});

test('invalid options of a client throw in connect() and with()', async () => {
  const numbers = ['pollingIntervalMs', 'requestTimeoutMs', 'maxConcurrentRequests'];
  const retries = ['maxRetryTimeMs', 'baseDelayMs', 'maxDelayMs'];
  const wrong = [NaN, -1, Infinity, -Infinity, '5', {}, true, 5n];
  const cases = [
    ...numbers.flatMap((name) => [0, ...wrong].map((value) => [{ config: { [name]: value } }, name])),
    ...retries.flatMap((name) => wrong.map((value) => [{ config: { rateLimitRetry: { [name]: value } } }, name])),
    ...[7, {}, 'a\nb', 'clé€'].map((apiKey) => [{ apiKey }, 'apiKey']),
    ...[7, '', 'ftp://x', 'jules.test', {}, '/api', 'https://', 'http://[bad', 'https://user:word@x.test', 'https://x.test/v1?key=k'].map((baseUrl) => [{ baseUrl }, 'baseUrl']),
    ...[7, 'fetch', {}, Symbol('f')].map((fetch) => [{ fetch }, 'fetch']),
    ...[7, 'console', () => {}, Symbol('l')].map((logger) => [{ logger }, 'logger']),
    ...[7, 'trace', 'DEBUG', {}].map((logLevel) => [{ logLevel }, 'logLevel']),
    ...[7, 'f', {}].map((aroundAttempt) => [{ aroundAttempt }, 'aroundAttempt']),
    ...[7, 'X: 1', { 'a b': '1' }, { X: 1 }, { X: 'a\r\nY: b' }, { X: null }, { '': 'x' }, ['X: 1'], [['X', 1]], new Map([['a b', '1']]), new Set([7])].map((headers) => [{ headers }, 'headers']),
    [{ throwOnFailure: 1 }, 'throwOnFailure'],
    [{ config: 5 }, 'config'],
    [{ config: { retries: 1 } }, 'retries'],
    [{ config: { rateLimitRetry: { tries: 1 } } }, 'tries'],
    [{ baseURL: 'https://x.test' }, 'baseURL'],
    [{ apikey: 'x' }, 'apikey'],
    [[1]],
    [cyclic],
    [throwing],
    [withGetter('apiKey')],
    [withGetter('fetch')],
  ];
  for (const make of [connect, (options) => standard.with(options), (options) => jules.with(options)]) {
    await refuses([
      ...cases.map(([options, field]) => [
        field ?? 'odd object',
        () => {
          try {
            make(options);
          } catch (error) {
            if (field && !error.field?.includes(field)) throw new Error(`names ${error.field}, not ${field}: ${error}`);
            throw error;
          }
        },
      ]),
      ...Object.entries(NO_OBJECTS).map(([kind, value]) => [`options ${kind}`, () => make(value)]),
    ]);
  }
  for (const options of [undefined, null, {}, { config: undefined }, { apiKey: undefined, headers: {} }]) connect(options);
  connect({ baseUrl: '/api', fetch });
});

test('a client works after rejected input', async () => {
  await assert.rejects(async () => jules.session(throwing));
  const session = await jules.session({ prompt: 'p' }, { timeoutMs: Infinity });
  assert.deepEqual(service.log, ['POST /sessions']);
  assert.match(session.id, /^\d+$/);
});
