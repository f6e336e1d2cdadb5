// The exports of all entries of the client, except those that need the wasm.
export { parseUnidiff } from './diff.js';
export {
  AbortError,
  AutomatedSessionFailedError,
  InvalidArgumentError,
  InvalidStateError,
  JulesApiError,
  JulesAuthenticationError,
  JulesBatchError,
  JulesDecodeError,
  JulesError,
  JulesInternalError,
  JulesLoadError,
  JulesNetworkError,
  JulesRateLimitError,
  JulesUnknownOutcomeError,
  MissingApiKeyError,
  SourceNotFoundError,
  TimeoutError,
} from './lib/errors.js';
