// Shared by all entries of the client, which differ in where the wasm comes from. Functions of a runtime, each without side
// effects, so that a bundler drops those that a page does not use.
import { engine } from './engine.js';
import { Runtime } from './runtime.js';
import { useDiffParser } from './values.js';

export { clientOn, connectOn } from './client.js';

/** Creates the runtime. `load` resolves with `{ module, createGlue, parseUnidiff }`, and is called at the first call. */
export function runtimeOf(load) {
  return new Runtime(load, (glue, { parseUnidiff }) => {
    glue.useEngine(engine);
    useDiffParser(parseUnidiff);
  });
}

/** Creates `preload`. */
export const preloadOn = (runtime) => () => runtime.start();
