/** The error classes as users create them in their tests: all properties of the types are present. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as errors from '../../pkg-template/lib/errors.js';

const { JulesBatchError, JulesApiError, JulesError, JulesRateLimitError, TimeoutError } = errors;

const REQUEST = ['method', 'url', 'outcome', 'retryable', 'attempts'];
const ANSWER = [...REQUEST, 'status', 'statusText'];

/** Each class with its code and the properties that its type requires. */
const CLASSES = {
  JulesError: ['internal_error'],
  InvalidArgumentError: ['invalid_argument', 'field'],
  JulesBatchError: ['batch_failed', 'errors', 'failures', 'sessions'],
  JulesApiError: ['api_error', ...ANSWER],
  JulesAuthenticationError: ['authentication_failed', ...ANSWER],
  JulesRateLimitError: ['rate_limited', ...ANSWER],
  SourceNotFoundError: ['source_not_found', ...ANSWER],
  JulesDecodeError: ['decode_error', ...ANSWER],
  JulesUnknownOutcomeError: ['unknown_outcome', ...REQUEST, 'request', 'candidates'],
  JulesNetworkError: ['network_error', ...REQUEST],
  TimeoutError: ['timeout'],
  AbortError: ['aborted'],
  MissingApiKeyError: ['missing_api_key'],
  InvalidStateError: ['invalid_state'],
  AutomatedSessionFailedError: ['session_failed', 'sessionId'],
  JulesJournalError: ['journal_failed'],
  ClientClosedError: ['client_closed'],
  AutopilotError: ['autopilot_failed', 'sessionId'],
  JulesLoadError: ['load_failed', 'outcome'],
  PatchError: ['patch_failed', 'path', 'reason'],
  JulesInternalError: ['internal_error'],
};

for (const [name, [code, ...fields]] of Object.entries(CLASSES)) {
  test(`${name} can be created from a message alone, with its code and all properties of its type`, () => {
    for (const more of [[], [undefined], [null], [{}]]) {
      const error = new errors[name]('why', ...more);
      assert.ok(error instanceof errors[name] && error instanceof JulesError && error instanceof Error);
      assert.deepEqual([error.name, error.message, error.code], [name, 'why', code]);
      for (const field of fields) assert.notEqual(error[field], undefined, field);
      assert.equal(JSON.parse(JSON.stringify(error)).code, code);
      assert.match(error.stack, new RegExp(`^${name}: why`));
    }
  });
}

test('all classes are tested', () => {
  const classes = Object.keys(errors).filter((name) => name.endsWith('Error') && name !== 'toError');
  assert.deepEqual(Object.keys(CLASSES).sort(), classes.sort());
});

test('details override the defaults of a class', () => {
  const cause = new Error('below');
  const error = new JulesRateLimitError('why', { status: 429, retryAfterMs: 5, code: 'mine', cause });
  assert.deepEqual([error.status, error.retryAfterMs, error.code, error.attempts, error.cause], [429, 5, 'mine', 0, cause]);
  assert.ok(error instanceof JulesApiError);
  assert.ok(!Object.keys(error).includes('cause'));
  const failures = [{ index: 1, item: 'b', error: cause }];
  assert.deepEqual(new JulesBatchError('why', { failures }).errors, [cause]);
});

test('errors of responses take the arguments of the official SDK', () => {
  for (const name of ['JulesApiError', 'JulesAuthenticationError', 'JulesRateLimitError']) {
    const { message, url, status, statusText, code } = new errors[name]('https://host/v1alpha/sessions', 429, 'Too Many Requests');
    assert.deepEqual([url, status, statusText, code], ['https://host/v1alpha/sessions', 429, 'Too Many Requests', CLASSES[name][0]]);
    assert.match(message, /https:\/\/host\/v1alpha\/sessions.*429 Too Many Requests$/);
  }
  const cause = new Error('below');
  const error = new JulesApiError('https://host/', 500, 'Internal', 'mine', { cause });
  assert.deepEqual([error.message, error.status, error.cause, error.attempts], ['mine', 500, cause, 0]);
});

test('a network error takes a URL instead of a message, as in the official SDK', () => {
  const cause = new TypeError('fetch failed');
  const error = new errors.JulesNetworkError('https://host/v1alpha/sessions', { cause });
  assert.deepEqual([error.url, error.message, error.cause], ['https://host/v1alpha/sessions', 'The request to https://host/v1alpha/sessions failed', cause]);
  assert.equal(new errors.JulesNetworkError('offline').url, '');
});

test('an error of a missing key or a failed session has a message of its own', () => {
  assert.match(new errors.MissingApiKeyError().message, /JULES_API_KEY/);
  assert.match(new errors.AutomatedSessionFailedError().message, /failed/);
});

test('other arguments than a message and details are refused by name', () => {
  for (const [name, [code]] of Object.entries(CLASSES)) {
    const wrong = code === 'api_error' || new errors[name]('why') instanceof JulesApiError ? ['owner/repo', true] : ['owner/repo', true, 404];
    for (const details of wrong) {
      assert.throws(() => new errors[name]('why', details), (error) => {
        assert.deepEqual([error.name, error.field], ['InvalidArgumentError', 'details']);
        return /^details: must be an object, not a (string|boolean|number)/.test(error.message);
      }, name);
    }
  }
});

test('a derived class is an instance of its base class', () => {
  class Late extends TimeoutError {}
  const error = new Late('why');
  assert.ok(error instanceof TimeoutError);
  assert.equal(error.code, 'timeout');
});

test('instanceof works across copies of the package, and does not match classes of users', async () => {
  const copy = await import('../../pkg-template/lib/errors.js?copy');
  class Mine extends JulesError {}
  class OfCopy extends copy.TimeoutError {}
  for (const name of Object.keys(CLASSES)) {
    const [ours, theirs] = [new errors[name]('why'), new copy[name]('why')];
    assert.ok(ours instanceof copy[name] && theirs instanceof errors[name] && ours instanceof copy.JulesError, name);
    assert.ok(!(ours instanceof Mine) && !(theirs instanceof Mine), name);
  }
  const rateLimit = new copy.JulesRateLimitError('why');
  assert.ok(rateLimit instanceof JulesApiError && !(rateLimit instanceof TimeoutError));
  assert.ok(new OfCopy('why') instanceof TimeoutError && new OfCopy('why') instanceof OfCopy && !(new TimeoutError('why') instanceof OfCopy));
  for (const other of [new Error('why'), new TypeError('why'), null, undefined, 'why', {}]) assert.ok(!(other instanceof JulesError));
});

test('two errors share no mutable state', () => {
  const [first, second] = ['a', 'b'].map((message) => new errors.JulesUnknownOutcomeError(message));
  first.candidates.push('1');
  assert.deepEqual(second.candidates, []);
});
