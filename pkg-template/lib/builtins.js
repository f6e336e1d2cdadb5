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

/** A function that calls its argument in the current async context. Undefined in runtimes without `AsyncLocalStorage`. */
export function snapshot() {
  return builtin('node:async_hooks')?.AsyncLocalStorage?.snapshot?.();
}
