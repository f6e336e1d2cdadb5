// What all entries of the client share; they differ in where the wasm comes from. Functions of a runtime, each without effects of
// its own, so that a bundler drops what a page does not use.
import { Runtime } from './runtime.js';
import { createReader } from './tape.js';
import { useDiffParser } from './values.js';

export { clientOn, connectOn } from './client.js';
export { fromChunk } from './load.js';

/** The runtime of the wasm that `load` resolves with, as `{ module, createGlue, parseUnidiff }`, at the first call. */
export function runtimeOf(load) {
  return new Runtime(load, (glue, { parseUnidiff }) => {
    // A fresh instance tells everything anew.
    glue.useReader(createReader());
    useDiffParser(parseUnidiff);
  });
}

/** `preload`: loads what the first call would load. */
export const preloadOn = (runtime) => () => runtime.start();
