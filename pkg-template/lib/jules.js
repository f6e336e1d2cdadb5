// What all entries of the client share; they differ in where the wasm comes from. Functions of a runtime, each without effects of
// its own, so that a bundler drops what a page does not use.
import { Pieces } from './bytes.js';
import { Runtime } from './runtime.js';
import { createReader } from './tape.js';
import { Files, partsOfBytes, partsOfText, usePatchParsers } from './values.js';

export { clientOn, connectOn } from './client.js';
export { fromChunk } from './load.js';

/** The runtime of the wasm that `load` resolves with, as `{ module, createGlue }`, at the first call. */
export function runtimeOf(load) {
  const runtime = new Runtime(load, (glue) => {
    // A fresh instance tells everything anew.
    glue.useReader(createReader());
    usePatchParsers({ text: parseOn(runtime), kept });
  });
  const content = (lines) => runtime.call((exports) => exports.patchContent(lines));
  const kept = (bytes) => filesOf(runtime, partsOfBytes(bytes, content), (exports, files) => exports.parsePatch(bytes, files));
  return runtime;
}

/** `preload`: loads what the first call would load. */
export const preloadOn = (runtime) => () => runtime.start();

function filesOf(runtime, parts, parse) {
  const files = new Files(parts);
  runtime.call((exports) => parse(exports, files));
  return files.list;
}

export const parseOn = (runtime) => (patch) => {
  const text = String(patch ?? '');
  return filesOf(runtime, partsOfText(text), (exports, files) => exports.parsePatchText(new Pieces(text), text.length, files));
};
