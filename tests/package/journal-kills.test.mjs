/**
 * Batches whose processes are killed with SIGKILL at random instants, over HTTP. JULES_TEST_KILLS is the number of kills, and
 * JULES_TEST_SEED replays the instants as far as the machine allows.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { connect } from 'jules-wasm';
import { startEmulator } from './support/emulator-program.mjs';
import { project } from './tools.mjs';

const KILLS = Number(process.env.JULES_TEST_KILLS ?? 20);
/** Kills of one batch, before it is run to its end. */
const KILLS_EACH = 5;
const COUNT = 12;
const program = join(project, 'tests', 'package', 'support', 'batch-program.mjs');

/** A generator of numbers from 0 to 1. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function run(options, killAfterMs) {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  const closed = once(child, 'close');
  if (killAfterMs !== undefined) {
    await Promise.race([closed, delay(killAfterMs)]);
    child.kill('SIGKILL');
  }
  const [code] = await closed;
  return { code, settled: output.split('\n').filter(Boolean) };
}

test(`a batch killed ${KILLS} times creates each session once and loses none`, { timeout: 60_000 + KILLS * 8_000 }, async (t) => {
  const seed = Number(process.env.JULES_TEST_SEED ?? Date.now() % 2 ** 31);
  const random = randomOf(seed);
  const { baseUrl, apiKey } = await startEmulator(t, '--step-ms', '30');
  const jules = connect({ baseUrl, apiKey });
  const folder = mkdtempSync(join(tmpdir(), 'jules-kills-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  let expected = 0;
  for (let batch = 0; batch * KILLS_EACH < KILLS; batch++) {
    const options = { baseUrl, apiKey, journal: join(folder, `${batch}.journal`), count: COUNT };
    let longest = 1_500;
    for (let kill = 0; kill < KILLS_EACH; kill++) {
      const begun = performance.now();
      const { code } = await run(options, 60 + random() * longest);
      if (code === 0) longest = performance.now() - begun;
    }
    const { code, settled } = await run(options);
    assert.equal(code, 0, `seed ${seed}, batch ${batch}`);
    const items = settled.map((line) => JSON.parse(line));
    assert.equal(new Set(items.map(([key]) => key)).size, COUNT, `seed ${seed}, batch ${batch}`);
    assert.ok(items.every(([, status]) => status === 'completed'), `seed ${seed}, batch ${batch}: ${settled}`);
    assert.equal(new Set(items.map(([, , id]) => id)).size, COUNT, `seed ${seed}, batch ${batch}`);
    expected += COUNT;
    assert.equal((await jules.sessions({ pageSize: 100 }).all()).length, expected, `no session twice: seed ${seed}, batch ${batch}`);
  }
});
