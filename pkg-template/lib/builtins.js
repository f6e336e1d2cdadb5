// Built-in modules of Node and compatible runtimes, loaded synchronously and without an import that a bundler would have to
// resolve.
import { JulesLoadError } from './errors.js';

/** The module, or undefined if the runtime lacks it, as Node before 20.16 does. */
export function builtin(name) {
  try {
    return globalThis.process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}

/**
 * The value of an environment variable; undefined if it is empty, or if Deno has not been given access to it: asking would
 * interrupt the program.
 */
export function variable(name) {
  try {
    const { Deno, process } = globalThis;
    if (Deno && Deno.permissions.querySync({ name: 'env', variable: name }).state !== 'granted') return undefined;
    return process?.env?.[name]?.trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Classes that jsdom lacks, and that Node has in a module too.
 *
 * @throws JulesLoadError
 */
export function textCoders() {
  const coders = globalThis.TextDecoder ? globalThis : builtin('node:util');
  if (coders) return coders;
  throw new JulesLoadError(
    'TextDecoder is not defined here. No request was sent. In Jest with jsdom, use the environment jest-fixed-jsdom.',
  );
}

/**
 * The current async context: `runInAsyncScope` calls a function in it. Undefined in runtimes without `AsyncResource`. A snapshot
 * of `AsyncLocalStorage` would do too, but takes three kilobytes in Node 20, and thousands of calls may be pending.
 */
export function asyncContext() {
  const AsyncResource = builtin('node:async_hooks')?.AsyncResource;
  return AsyncResource && new AsyncResource('jules-wasm');
}
