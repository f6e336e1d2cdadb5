/** What test runners print when an assertion about a result fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { connect } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

test('results print as plain objects: they have no accessors and no inspection of their own', async () => {
  const jules = connect({ ...(await createEmulator({ clock: 'virtual', scenario: 'question' })), config: { pollingIntervalMs: 1 } });
  const session = await jules.run({ prompt: 'x', source: { github: 'o/r', baseBranch: 'main' } });
  await session.waitFor('awaitingUserFeedback');
  await session.send('Remove it.');
  const outcome = await session.result();
  const info = await session.info();
  const seen = new Set();
  const visit = (value, path) => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    // Chai inspects what this method returns, and would not end if that is the value itself.
    assert.ok(!(inspect.custom in value), path);
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
      assert.ok('value' in property, `${path}.${name} is an accessor`);
      visit(property.value, `${path}.${name}`);
    }
  };
  visit({ outcome, info, files: outcome.generatedFiles(), changeSet: outcome.changeSet() }, 'result');
  assert.ok(seen.size > 30 && inspect(outcome, { depth: 9 }).includes('README.md'));
});

test('clients, sessions, streams and calls are short to who prints them, and show no key', async () => {
  const emulator = await createEmulator({ clock: 'virtual', apiKey: 'a-secret-key' });
  const jules = connect({ ...emulator, baseUrl: 'https://proxy.test/v1alpha', config: { pollingIntervalMs: 1 } });
  const session = jules.session('123');
  const pending = session.info();
  assert.equal(inspect(jules), "JulesClient { baseUrl: 'https://proxy.test/v1alpha' }");
  assert.equal(inspect(connect()), 'JulesClient {}');
  assert.equal(inspect({ jules }, { depth: 0 }), "{ jules: JulesClient { baseUrl: 'https://proxy.test/v1alpha' } }");
  assert.equal(inspect(session), "SessionClient { id: '123' }");
  assert.equal(inspect(session.stream()), "ActivityStream { session: '123' }");
  assert.ok(!inspect(pending).includes('withResponse'));
  const error = await pending.catch((thrown) => thrown);
  const printed = inspect(error);
  assert.ok(printed.startsWith('JulesApiError: [404 NOT_FOUND] ') && printed.split('\n').length < 30, printed);
  assert.ok(!printed.includes(emulator.apiKey));
});
