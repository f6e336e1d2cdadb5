// What all entries of the client share; they differ in where the wasm comes from.
import { createGlue } from '../generated/client-glue.js';
import { utf8 } from './bytes.js';
import { defaultClient } from './client.js';
import { Runtime } from './runtime.js';
import { usePatchParser } from './values.js';

export { compile } from './bytes.js';
export * from './errors.js';

/** The package's functions, on the wasm that `getModule` gives when it is first needed. */
export function createJules(getModule) {
  const runtime = new Runtime(createGlue, getModule);
  const parseUnidiff = (patch) => runtime.call((exports) => exports.parsePatch(utf8(patch ?? '')));
  usePatchParser(parseUnidiff);
  return { ...defaultClient(runtime), parseUnidiff };
}
