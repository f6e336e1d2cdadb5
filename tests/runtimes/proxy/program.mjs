// A session behind a proxy. With JULES_TEST_UNDICI, by the option `fetch`; otherwise by what the runtime reads from its environment.
import { connect } from 'jules-wasm';

const options = { apiKey: 'key', config: { pollingIntervalMs: 20, rateLimitRetry: { maxRetryTimeMs: 100, baseDelayMs: 5 } } };
if (process.env.JULES_TEST_UNDICI) {
  const { fetch, ProxyAgent } = await import(process.env.JULES_TEST_UNDICI);
  const dispatcher = new ProxyAgent(process.env.PROXY);
  options.fetch = (url, init) => fetch(url, { ...init, dispatcher });
}
const result = await connect(options).run({ prompt: 'Write hello.ts' }).then((run) => run.result()).then(
  ({ state }) => ({ state }), ({ name, code, outcome, message }) => ({ name, code, outcome, message }));
console.log(`RESULT ${JSON.stringify(result)}`);
process.exit();
