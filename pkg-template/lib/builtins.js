// Modules of the runtime's own, for the few things that only Node and its like can do. They are had at once and without an
// import, which the bundler of a page would have to resolve.

/** What an entry has imported: before Node 20.16 there is no other way. */
let imported = {};

export function useBuiltins(modules) {
  imported = modules;
}

/** The module, or undefined where there is none. */
export function builtin(name) {
  try {
    return imported[name] ?? globalThis.process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}

/** A function that calls others in the async context of now (Node, Deno, Bun, Workers with it); undefined elsewhere. */
export function snapshot() {
  return builtin('node:async_hooks')?.AsyncLocalStorage?.snapshot?.();
}
