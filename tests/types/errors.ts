// Each error class has its own literal code, so that a switch over codes narrows.
import { expectTypeOf } from 'expect-type';
import {
  AbortError, AutomatedSessionFailedError, AutopilotError, ClientClosedError, InvalidArgumentError, InvalidStateError, JulesApiError, JulesAuthenticationError,
  JulesBatchError, JulesDecodeError, JulesError, JulesInternalError, JulesJournalError, JulesLoadError, JulesNetworkError,
  JulesRateLimitError, JulesUnknownOutcomeError, MissingApiKeyError, PatchError, SourceNotFoundError, TimeoutError,
} from 'jules-wasm';
import type { AnyJulesError, BatchFailure, FieldViolation, JulesErrorCode, RequestDetails, SessionClient } from 'jules-wasm';

/** A switch over all errors narrows each to its class, and is exhaustive. */
export function detailOf(error: AnyJulesError): unknown {
  switch (error.code) {
    case 'api_error':
      return error.status;
    case 'authentication_failed':
    case 'source_not_found':
    case 'decode_error':
      return error.rpcStatus;
    case 'rate_limited':
      return error.retryAfterMs;
    case 'network_error':
      return error.attempts;
    case 'unknown_outcome':
      return error.candidates;
    case 'timeout':
    case 'aborted':
    case 'client_closed':
      return error.outcome;
    case 'invalid_argument':
      return error.field;
    case 'invalid_state':
    case 'session_failed':
    case 'autopilot_failed':
      return error.sessionId;
    case 'batch_failed':
      return error.sessions;
    case 'load_failed':
      return error.outcome;
    case 'patch_failed':
      return error.line;
    case 'missing_api_key':
    case 'journal_failed':
    case 'internal_error':
      return error.message;
    default:
      return nothingElse(error);
  }
}

const nothingElse = (nothing: never): never => nothing;

export function narrowed(error: AnyJulesError) {
  if (error.code === 'timeout') expectTypeOf(error).toEqualTypeOf<TimeoutError>();
  if (error.code === 'session_failed') expectTypeOf(error.sessionId).toEqualTypeOf<string>();
  // @ts-expect-error the other errors have no field
  if (error.code !== 'invalid_argument') return error.field;
  return error.field;
}

/** `instanceof` narrows to the class that is named. */
export function byClass(error: unknown) {
  if (error instanceof JulesRateLimitError) expectTypeOf(error.retryAfterMs).toEqualTypeOf<number | undefined>();
  if (error instanceof JulesApiError) expectTypeOf(error.status).toEqualTypeOf<number>();
  if (error instanceof TimeoutError) expectTypeOf(error.code).toEqualTypeOf<'timeout'>();
  if (error instanceof JulesBatchError) expectTypeOf(error.failures).toEqualTypeOf<BatchFailure[]>();
  if (error instanceof JulesError) expectTypeOf(error.code).toEqualTypeOf<JulesErrorCode>();
}

/** A class of the user narrows to itself. */
export class RepositoryError extends JulesError {
  readonly repository = 'owner/repo';
}
export const repositoryOf = (error: unknown) => (error instanceof RepositoryError ? error.repository : undefined);

expectTypeOf<AnyJulesError['code']>().toEqualTypeOf<JulesErrorCode>();
expectTypeOf<AnyJulesError>().toMatchTypeOf<JulesError>();
expectTypeOf<JulesError>().toMatchTypeOf<Error>();
expectTypeOf<JulesApiError | JulesNetworkError | JulesUnknownOutcomeError>().toMatchTypeOf<RequestDetails>();
expectTypeOf<JulesApiError['fieldViolations']>().toEqualTypeOf<FieldViolation[] | undefined>();
expectTypeOf<JulesBatchError['sessions'][number]>().toEqualTypeOf<SessionClient | undefined>();

export const codes: { [Code in JulesErrorCode]: { readonly code: Code } } = {
  api_error: new JulesApiError('') as JulesApiError & { code: 'api_error' },
  authentication_failed: new JulesAuthenticationError(''),
  rate_limited: new JulesRateLimitError(''),
  source_not_found: new SourceNotFoundError(''),
  decode_error: new JulesDecodeError(''),
  network_error: new JulesNetworkError(''),
  unknown_outcome: new JulesUnknownOutcomeError(''),
  timeout: new TimeoutError(''),
  aborted: new AbortError(''),
  client_closed: new ClientClosedError(''),
  missing_api_key: new MissingApiKeyError(''),
  invalid_argument: new InvalidArgumentError(''),
  invalid_state: new InvalidStateError(''),
  session_failed: new AutomatedSessionFailedError(''),
  batch_failed: new JulesBatchError(''),
  load_failed: new JulesLoadError(''),
  patch_failed: new PatchError(''),
  journal_failed: new JulesJournalError(''),
  autopilot_failed: new AutopilotError(''),
  internal_error: new JulesInternalError(''),
};
