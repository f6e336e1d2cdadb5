// What every entry of the client exports beside `jules` and `connect`.
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
  JulesNetworkError,
  JulesRateLimitError,
  JulesUnknownOutcomeError,
  MissingApiKeyError,
  SourceNotFoundError,
  TimeoutError,
} from './jules.js';
