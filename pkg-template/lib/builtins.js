// Modules of the runtime's own, for the few things that only Node and its like can do: without an import, which the bundler of a
// page would have to resolve, and at once.

/** The module, or undefined where there is none (before Node 20.16, too). */
export function builtin(name) {
  try {
    return globalThis.process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}

/** A function that calls others in the async context of now (Node, Deno, Bun, Workers with it); undefined elsewhere. */
export function snapshot() {
  return builtin('node:async_hooks')?.AsyncLocalStorage?.snapshot?.();
}
