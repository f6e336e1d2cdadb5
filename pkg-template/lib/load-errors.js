// Errors of loading the WebAssembly.
import { JulesLoadError } from './errors.js';

/** The error for a runtime that does not run WebAssembly. */
export function cannotRun(cause) {
  return loadError('cannot be run here', cause, "If there is a content security policy, allow 'wasm-unsafe-eval' in its script-src");
}

/** The error of WebAssembly that cannot be used. */
export function loadError(what, cause, advice) {
  return new JulesLoadError(`The WebAssembly of jules-wasm ${what}: ${cause?.message ?? cause}. No request was sent. ${advice}.`, { cause });
}
