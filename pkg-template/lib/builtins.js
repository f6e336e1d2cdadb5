// Built-in modules of Node and compatible runtimes, loaded synchronously and without an import that a bundler would have to
// resolve.

/** The module, or undefined if the runtime lacks it, as Node before 20.16 does. */
export function builtin(name) {
  try {
    return globalThis.process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}

/**
 * The current async context: `runInAsyncScope` calls a function in it. Undefined in runtimes without `AsyncResource`. A snapshot
 * of `AsyncLocalStorage` would do too, but takes three kilobytes in Node 20, and thousands of calls may be pending.
 */
export function asyncContext() {
  const AsyncResource = builtin('node:async_hooks')?.AsyncResource;
  return AsyncResource && new AsyncResource('jules-wasm');
}
