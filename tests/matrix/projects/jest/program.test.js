const client = require('jules-wasm');
const { createEmulator } = require('jules-wasm/emulator');

const { conformance } = require('./conformance.cjs');
const { baseUrl } = require('./service.cjs');

test('the client works', async () => {
  const result = await conformance(client, { baseUrl, createEmulator });
  process.stdout.write(`\nRESULT ${JSON.stringify(result)}\n`);
}, 60_000);
