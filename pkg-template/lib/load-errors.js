// Errors of loading the WebAssembly.
import { JulesLoadError } from './errors.js';

/** The error for a runtime that does not run WebAssembly. */
export function cannotRun(cause) {
  return loadError('cannot be run here', cause, "If there is a content security policy, allow 'wasm-unsafe-eval' in its script-src");
}

/** The error of WebAssembly that cannot be used. */
export function loadError(what, cause, advice) {
  const why = String(cause?.message ?? cause).replace(/\.+$/, '');
  return new JulesLoadError(`The WebAssembly of jules-wasm ${what}: ${why}. No request was sent. ${advice}.`, { cause });
}
