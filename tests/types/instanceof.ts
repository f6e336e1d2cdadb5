// `instanceof JulesError` narrows to the union of all errors, so that a switch over codes narrows. Since TypeScript 5.3.
import { expectTypeOf } from 'expect-type';
import { JulesError, type AnyJulesError, type TimeoutError } from 'jules-wasm';

export function advice(error: unknown): string {
  if (!(error instanceof JulesError)) throw error;
  expectTypeOf(error).toEqualTypeOf<AnyJulesError>();
  switch (error.code) {
    case 'rate_limited':
      return `again in ${error.retryAfterMs ?? 60_000} ms`;
    case 'unknown_outcome':
      return error.candidates.join();
    case 'timeout':
      expectTypeOf(error).toEqualTypeOf<TimeoutError>();
      return error.outcome ?? '';
    default:
      return error.message;
  }
}
