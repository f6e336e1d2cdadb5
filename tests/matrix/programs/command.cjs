// The same by require.
const client = require('jules-wasm');
const { createEmulator } = require('jules-wasm/emulator');

const { conformance } = require('./conformance.cjs');
const { baseUrl } = require('./service.cjs');

conformance(client, { baseUrl, createEmulator }).then((result) => console.log(`RESULT ${JSON.stringify(result)}`));
