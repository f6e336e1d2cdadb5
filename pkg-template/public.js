// What every entry of the client exports beside `jules` and `connect`.
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
