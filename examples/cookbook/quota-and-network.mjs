/** Creates a session, and says what to do if that fails: node quota-and-network.mjs "the task" */
import { connect, JulesNetworkError, JulesRateLimitError, JulesUnknownOutcomeError } from 'jules-wasm';

// Refused creates are sent again for five minutes by default. Here a scheduler does that.
const jules = connect({ config: { rateLimitRetry: { maxRetryTimeMs: 10_000 } } });

try {
  const session = await jules.run({ prompt: process.argv[2] });
  console.log(`Created: ${session.id}`);
} catch (error) {
  console.error(advice(error));
  process.exitCode = 75; // for schedulers: try again later
}

function advice(error) {
  // Beyond the limit of concurrent sessions the service was seen to respond with 400 FAILED_PRECONDITION, not with 429.
  if (error instanceof JulesRateLimitError || error.rpcStatus === 'FAILED_PRECONDITION') {
    const wait = error.retryAfterMs === undefined ? 'later' : `in ${Math.ceil(error.retryAfterMs / 1000)} s`;
    return `The quota is used up. No session was created. Try again ${wait}, or when another session has ended.`;
  }
  if (error instanceof JulesUnknownOutcomeError) {
    return `The session may exist: ${error.candidates.join(', ') || 'look for it in the web app'}. Check before you try again.`;
  }
  if (error.outcome === 'notSent') return 'The network is gone. No session was created. Try again later.';
  if (error instanceof JulesNetworkError) return 'The connection was lost. The session may exist: check before you try again.';
  throw error;
}
