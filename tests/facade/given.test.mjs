/** What callers give: ids, options, configurations. Read by one table, and refused by name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { InvalidArgumentError } from '../../pkg-template/lib/errors.js';
import { clientOptionsOf, configurationOf, optionsOf, stateOf, textOf } from '../../pkg-template/lib/given.js';
import { activityId, isRepository, problemOfBaseUrl, sessionId } from '../../pkg-template/lib/ids.js';
import { TABLE } from '../../pkg-template/lib/table.js';

const refuses = (field, read, problem = /./) =>
  assert.throws(read, (error) => error instanceof InvalidArgumentError && error.field === field && problem.test(error.message), field);

test('an id, a resource name and the URL of the page are valid session ids', () => {
  for (const text of [
    '14550388554331055113', 'sessions/14550388554331055113', 'https://jules.google.com/session/14550388554331055113',
    'https://jules.google.com/session/14550388554331055113/code?x=1#y', 'https://jules.google.com/session/14550388554331055113/',
    'https://jules.google.com/u/0/session/14550388554331055113', 'https://jules.google.com/u/12/session/14550388554331055113/?x',
    ' 14550388554331055113\n',
  ]) assert.equal(sessionId(text), '14550388554331055113', text);
});

test('everything else is an invalid session id', () => {
  for (const text of [
    '', 'sessions/', '../sources', '1/2', 'a b', 'sessions/../x', '1:approvePlan', '1?x', '%2e%2e', 'https://evil.test/session/1',
    'https://jules.google.com/repo/1', 'https://jules.google.com/u/x/session/1', 'https://jules.google.com/u/0/u/0/session/1',
    'https://jules.google.com/u/0', 'https://jules.google.com/session/', 'x'.repeat(257), 'é',
  ]) refuses('session id', () => sessionId(text), /is not a session id; use an id/);
});

test('an id and a resource name within the same session are valid activity ids', () => {
  assert.equal(activityId('1', 'a'), 'a');
  assert.equal(activityId('1', 'sessions/1/activities/a'), 'a');
  refuses('activity id', () => activityId('1', 'sessions/2/activities/a'), /belongs to another session than 1/);
  for (const text of ['', '../x', 'a/../..', 'sessions/1/activities/', 'sessions/1/x/activities/a', 'sessions/1', 'a b']) {
    refuses('activity id', () => activityId('1', text), /is not an activity id/);
  }
});

test('a repository is an owner and a name', () => {
  assert.ok(isRepository('bobalover/boba-web.js') && isRepository('a/.github'));
  for (const text of ['', 'boba', 'a/', '/b', 'a/b/c', 'a/..', './a', 'a b/c', 'https://github.com/a/b', 'a/b?x', 'é/b']) {
    assert.ok(!isRepository(text), text);
  }
});

test('the base URL may be a host, a path of it, or a path of the page', () => {
  for (const [given, url] of [
    ['https://jules.googleapis.com/v1alpha', 'https://jules.googleapis.com/v1alpha'],
    ['http://127.0.0.1:8787/v1alpha//', 'http://127.0.0.1:8787/v1alpha'],
    ['http://[::1]:8787', 'http://[::1]:8787'],
    ['https://[2001:db8::1]/jules', 'https://[2001:db8::1]/jules'],
    ['https://bücher.test/@team/a%20b', 'https://bücher.test/@team/a%20b'],
    ['https://x.test:\n', 'https://x.test:'],
  ]) assert.equal(clientOptionsOf({ baseUrl: given }).baseUrl, url, given);
  const own = { fetch() {} };
  for (const [given, url] of [['/api/jules/', '/api/jules'], ['/', '']]) {
    assert.equal(clientOptionsOf({ ...own, baseUrl: given }).baseUrl, url, given);
    refuses('baseUrl', () => clientOptionsOf({ baseUrl: given }), /requires a page/);
  }
});

test('an invalid base URL is rejected with its problem', () => {
  for (const [problem, texts] of [
    [/must start with/, ['', 'x.test', 'ftp://x', 'https:/x', 'file:///x', 'api/jules']],
    [/query/, ['https://x.y/v1?key=k', 'https://x.y/v1#a', '/api?x', 'https://x.y/?']],
    [/user or password/, ['https://user:password@x.y', 'http://user@x.y/v1']],
    [/white space/, ['https://x y', 'https://x.y/a b', 'https://x\\y', 'https://x.y/a\nb']],
    [/a valid host/, ['https://', 'https:///v1', 'http://:80', 'http://[bad', 'http://[]', 'http://[::1]x', 'http://[::1]80', 'http://x:port',
      'http://x:65536', 'http://x:+1', 'http://a:1:2', 'http://x]y', 'http://<x>']],
  ]) for (const text of texts) assert.match(problemOfBaseUrl(text) ?? 'nothing', problem, text);
});

test('options of a client override earlier ones field by field', () => {
  const first = clientOptionsOf({ apiKey: ' k1\n', headers: { 'X-A': '1', 'X-B': '1' }, config: { pollingIntervalMs: 7 } });
  const options = clientOptionsOf({ headers: new Map([['x-a', '2']]), config: { rateLimitRetry: { baseDelayMs: 3 } } }, first);
  assert.equal(options.apiKey, 'k1');
  assert.deepEqual(options.headers, [['X-B', '1'], ['x-a', '2']]);
  assert.deepEqual([options.config.pollingIntervalMs, options.config.rateLimitRetry.baseDelayMs], [7, 3]);
  assert.deepEqual([options.config.rateLimitRetry.maxDelayMs, first.config.rateLimitRetry.baseDelayMs], [30_000, 1000]);
});

test('absent options have the defaults of the table', () => {
  assert.deepEqual(optionsOf('stream', undefined, 'stream()'), { follow: false, artifacts: true });
  assert.deepEqual(optionsOf('all', null, 'all()'), { concurrency: 4, stopOnError: true, delayMs: 0 });
  assert.deepEqual(configurationOf({ prompt: 'p', title: '', source: null, requireApproval: undefined }), { prompt: 'p', autoPr: true });
});

test('counts must be integers; milliseconds are rounded down', () => {
  const interval = (pollingIntervalMs) => clientOptionsOf({ config: { pollingIntervalMs } }).config.pollingIntervalMs;
  assert.deepEqual([interval(7), interval(1.5), interval(1e300)], [7, 1, Number.MAX_SAFE_INTEGER]);
  for (const value of [0.5, 0, -1]) refuses('config.pollingIntervalMs', () => interval(value), /a number of at least 1, not/);
  for (const value of [NaN, Infinity]) refuses('config.pollingIntervalMs', () => interval(value), /a finite number/);
  refuses('config.pollingIntervalMs', () => interval('5'), /must be a number, not a string/);
  for (const value of [1.5, 0.5]) refuses('pageSize', () => optionsOf('page', { pageSize: value }, 'x()'), /a whole number of at least 1, not/);
  assert.equal(optionsOf('call', { timeoutMs: Infinity }, 'x()').timeoutMs, undefined);
});

test('only own properties are read, and each of them once', () => {
  const reads = [];
  const noting = new Proxy({ prompt: 'p', title: 't' }, { get: (object, name) => (reads.push(name), object[name]) });
  assert.deepEqual(configurationOf(noting), { prompt: 'p', title: 't', autoPr: true });
  assert.deepEqual(reads, ['prompt', 'title']);
  refuses('prompt', () => configurationOf(Object.create({ prompt: 'inherited' })), /is missing/);
});

test('every problem is reported with the path of its field', () => {
  const source = (more) => () => configurationOf({ prompt: 'p', source: { github: 'o/r', baseBranch: 'main', ...more } });
  for (const [field, read] of [
    ["the session's configuration", () => configurationOf('p')],
    ['promt', () => configurationOf({ prompt: 'p', promt: 1 })],
    ['source', () => configurationOf({ prompt: 'p', source: 'o/r' })],
    ['source.github', source({ github: 'boba' })],
    ['source.baseBranch', source({ baseBranch: '' })],
    ['source.branch', source({ branch: 'x' })],
    ['headers.X', () => clientOptionsOf({ headers: { X: 1 } })],
    ['headers.a b', () => clientOptionsOf({ headers: { 'a b': '1' } })],
    ['config.rateLimitRetry.tries', () => clientOptionsOf({ config: { rateLimitRetry: { tries: 1 } } })],
    ['__proto__', () => clientOptionsOf(JSON.parse('{"__proto__":{"apiKey":"k"}}'))],
    ['state', () => stateOf('done')],
    ['until', () => optionsOf('wait', { until: ['completed', 'done'] }, 'wait()')],
    ['after', () => optionsOf('stream', { after: 'x' }, 'stream()')],
  ]) refuses(field, read);
});

test('missing, empty and other invalid strings are reported as such', () => {
  assert.equal(textOf('state', 'x'), 'x');
  for (const [given, problem] of [[null, 'is missing; a string is required'], [7, 'must be a string, not a number'], [{}, 'must be a string, not an object'], [' ', 'must not be empty']]) {
    assert.throws(() => textOf('state', given), { message: `state: ${problem}. No request was sent.`, field: 'state' });
  }
});

test('the kinds in the table are known and its defaults are valid', () => {
  const all = (fields) => Object.values(fields).flatMap((field) => (field.fields ? all(field.fields) : [field]));
  for (const [name, fields] of Object.entries(TABLE)) {
    if (name === 'states') continue;
    for (const { kind, least, default: value } of all(fields)) {
      if (kind === 'ms' || kind === 'count') assert.ok(Number.isInteger(least) && (value === undefined || value >= least), name);
    }
  }
});
