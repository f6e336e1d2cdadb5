/** A panic of the wasm ends all pending calls, but neither the process nor later calls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { runNode } from './tools.mjs';

/** Makes the exports trap for which `armed` is true. These are the raw exports, which the package guards. */
const TRAPS = `
  import assert from 'node:assert/strict';
  const { instantiate } = WebAssembly;
  let armed = () => false;
  /** The exports that report by a list whether they have failed, as the steps of futures do. */
  const returned = new Set();
  WebAssembly.instantiate = async (...args) => {
    const exports = {};
    for (const [name, value] of Object.entries((await instantiate(...args)).exports)) {
      exports[name] = typeof value !== 'function' ? value : (...given) => {
        if (armed(name)) {
          armed = () => false;
          throw new WebAssembly.RuntimeError('unreachable');
        }
        const result = value(...given);
        if (Array.isArray(result)) returned.add(name);
        return result;
      };
    }
    return { exports };
  };
`;

test('a panic in a step of a future rejects all pending calls and does not end the process', async () => {
  const { code, stdout, stderr } = await runNode(`
    ${TRAPS}
    const { connect, JulesInternalError } = await import('jules-wasm');
    let answer;
    let answers;
    const session = (url) => Response.json({ name: 'sessions/' + url.at(-1), id: url.at(-1), state: 'COMPLETED' });
    const jules = connect({ apiKey: 'k', fetch: async (url) => (await answers, session(url.replace(/\\?.*/, ''))) });
    await jules.session('0').info({ activities: false });
    answers = new Promise((resolve) => (answer = resolve));
    const calls = ['1', '2', '3'].map((id) => jules.session(id).info({ activities: false }));
    const stream = jules.session('4').stream();
    calls.push(stream.next());
    await new Promise((resolve) => setTimeout(resolve, 20));
    armed = (name) => returned.has(name);
    answer();
    for (const { reason } of await Promise.allSettled(calls)) assert.ok(reason instanceof JulesInternalError, String(reason));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(stream.next(), /cursor of the last activity/);
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
    console.log((await jules.session('5').info({ activities: false })).state);
  `);
  assert.deepEqual([code, stderr, stdout], [0, '', 'completed\n']);
});

test('a panic of an emulator is reported, and emulators created before it reject as lost', async () => {
  const { code, stdout, stderr } = await runNode(`
    ${TRAPS}
    const { createEmulator } = await import('jules-wasm/emulator');
    const [met, lost] = [await createEmulator({ clock: 'virtual' }), await createEmulator()];
    const ask = ({ fetch, baseUrl }) => fetch(baseUrl + '/sources?key=k');
    await Promise.all([met, lost].map(ask));
    armed = () => true;
    await assert.rejects(ask(met), { name: 'JulesInternalError', message: /Internal error of jules-wasm/ });
    await assert.rejects(ask(lost), { name: 'JulesInternalError', message: /Create a new one/ });
    assert.throws(() => lost.sessions(), /Create a new one/);
    assert.throws(() => met.now, /Create a new one/);
    console.log((await ask(await createEmulator())).status);
  `);
  assert.deepEqual([code, stderr, stdout], [0, '', '200\n']);
});
