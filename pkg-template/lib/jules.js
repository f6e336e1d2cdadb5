// What all entries of the client share; they differ in where the wasm comes from.
import { createGlue } from '../generated/client-glue.js';
import { Pieces } from './bytes.js';
import { defaultClient } from './client.js';
import { Runtime } from './runtime.js';
import { createReader } from './tape.js';
import { Files, partsOfBytes, partsOfText, usePatchParsers } from './values.js';

export { useBuiltins } from './builtins.js';
export { compile } from './bytes.js';
export * from './errors.js';

/** Glue whose instance has a reader of its own: a fresh instance tells everything anew. `onStart` hears that there is one. */
function createCore(guard, onStart) {
  const glue = createGlue(guard);
  const initSync = (options) => {
    glue.initSync(options);
    glue.useReader(createReader());
    onStart();
  };
  return { ...glue, initSync };
}

/** The package's functions, on the wasm that `getModule` gives when it is first needed. */
export function createJules(getModule) {
  // Where two entries share this file, results are read by one that has its wasm: of `slim` that is known only then.
  const onStart = () => usePatchParsers({ text: parseUnidiff, kept });
  const runtime = new Runtime((guard) => createCore(guard, onStart), getModule);
  const filesOf = (parts, parse) => {
    const files = new Files(parts);
    runtime.call((exports) => parse(exports, files));
    return files.list;
  };
  const parseUnidiff = (patch = '') => {
    const text = String(patch ?? '');
    return filesOf(partsOfText(text), (exports, files) => exports.parsePatchText(new Pieces(text), text.length, files));
  };
  const content = (lines) => runtime.call((exports) => exports.patchContent(lines));
  const kept = (bytes) => filesOf(partsOfBytes(bytes, content), (exports, files) => exports.parsePatch(bytes, files));
  return { ...defaultClient(runtime), parseUnidiff };
}
