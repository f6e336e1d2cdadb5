/** A program that runs a batch with a journal, which tests kill. Prints a line for each settled item. */
import { connect } from 'jules-wasm';

const { baseUrl, apiKey, journal, count } = JSON.parse(process.argv[2]);
const config = { pollingIntervalMs: 20, rateLimitRetry: { baseDelayMs: 2, maxDelayMs: 20 } };
const jules = connect({ baseUrl, apiKey, config });
const keys = Array.from({ length: count }, (_, index) => `task ${index}`);
const batch = jules.batch(keys, () => ({ prompt: 'The same for all' }), { key: (key) => key, journal, concurrency: 3 });
for await (const { key, status, session } of batch) console.log(JSON.stringify([key, status, session?.id]));
