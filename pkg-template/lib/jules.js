// What all entries of the client share; they differ in where the wasm comes from.
import { createGlue } from '../generated/client-glue.js';
import { utf8 } from './bytes.js';
import { defaultClient } from './client.js';
import { Runtime } from './runtime.js';
import { createReader } from './tape.js';
import { cut, usePatchParsers } from './values.js';

export { compile } from './bytes.js';
export * from './errors.js';

/** Glue whose instance has a reader of its own: a fresh instance tells everything anew. */
function createCore(guard) {
  const glue = createGlue(guard);
  const initSync = (options) => {
    glue.initSync(options);
    glue.useReader(createReader());
  };
  return { ...glue, initSync };
}

/** The package's functions, on the wasm that `getModule` gives when it is first needed. */
export function createJules(getModule) {
  const runtime = new Runtime(createCore, getModule);
  const parseUnidiff = (patch = '') => {
    const text = String(patch ?? '');
    return files(utf8(text), false, text);
  };
  const files = (bytes, isJson, text) => {
    const found = runtime.call((exports) => exports.parsePatch(bytes, isJson));
    for (const file of found) cut(file, text);
    return found;
  };
  usePatchParsers({ text: parseUnidiff, kept: (bytes, text) => files(bytes, true, text) });
  return { ...defaultClient(runtime), parseUnidiff };
}
