// The exports of all entries of the client, except those that need the wasm.
export { parseUnidiff } from './lib/apply.js';
export {
  AbortError,
  AutomatedSessionFailedError,
  ClientClosedError,
  InvalidArgumentError,
  InvalidStateError,
  JulesApiError,
  JulesAuthenticationError,
  JulesBatchError,
  JulesDecodeError,
  JulesError,
  JulesInternalError,
  JulesJournalError,
  JulesLoadError,
  JulesNetworkError,
  JulesRateLimitError,
  JulesUnknownOutcomeError,
  MissingApiKeyError,
  PatchError,
  SourceNotFoundError,
  TimeoutError,
} from './lib/errors.js';
