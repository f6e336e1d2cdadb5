import { createEmulator } from 'jules-wasm/emulator';
import { expect, test } from 'vitest';

import { program } from './program.mjs';

test('the client works', async () => {
  const result = await program({ createEmulator });
  expect(result.parsed).toHaveLength(1);
  process.stdout.write(`\nRESULT ${JSON.stringify(result)}\n`);
}, 60_000);
