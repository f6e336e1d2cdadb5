/** A worker of the example of BullMQ with settings for tests: they poll often, and notice soon when another worker was killed. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { connect } from 'jules-wasm';

const { folder, socket, baseUrl, apiKey, options } = JSON.parse(process.argv[2]);
const file = join(folder, 'sessions.mjs');
const { Redis } = createRequire(file)('ioredis');
const { workerIn } = await import(pathToFileURL(file).href);

// With this base delay an interrupted create is searched for during 6 s instead of 61 s: longer than the test suspends a worker.
const jules = connect({ baseUrl, apiKey, config: { pollingIntervalMs: 50, rateLimitRetry: { baseDelayMs: 100 } } });
await workerIn(new Redis(socket, { maxRetriesPerRequest: null }), jules, options).waitUntilReady();
console.log('ready');
