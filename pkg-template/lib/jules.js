// What all entries of the client share; they differ in where the wasm comes from.
import { createGlue } from '../generated/client-glue.js';
import { utf8 } from './bytes.js';
import { defaultClient } from './client.js';
import { Runtime } from './runtime.js';
import { createReader } from './tape.js';
import { cut, usePatchParser } from './values.js';

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
    const files = runtime.call((exports) => exports.parsePatch(utf8(text)));
    for (const file of files) cut(file, text);
    return files;
  };
  usePatchParser(parseUnidiff);
  return { ...defaultClient(runtime), parseUnidiff };
}
