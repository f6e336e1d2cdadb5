// Shared by all entries of the client, which differ in where the wasm comes from. Functions of a runtime, each without side
// effects, so that a bundler drops those that a page does not use.
import { Runtime } from './runtime.js';

export { clientOn, connectOn } from './client.js';

/** Creates the runtime. `load` resolves with `{ module, createGlue, results }`, and is called at the first call. */
export function runtimeOf(load) {
  return new Runtime(load, (glue, { results }) => glue.useEngine(results.engine));
}

/** Creates `preload`. */
export const preloadOn = (runtime) => () => runtime.start();
