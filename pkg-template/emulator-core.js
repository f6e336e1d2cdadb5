// What all entries of the emulator share; the build bundles it into one file.
import { makeCreateEmulator } from './emulator/index.js';
import { createGlue } from './generated/emulator-glue.js';
import { Runtime } from './lib/runtime.js';

export { compile } from './lib/bytes.js';

/** `createEmulator` on the wasm that `getModule` gives. */
export function emulatorOn(getModule) {
  return makeCreateEmulator(new Runtime(createGlue, getModule));
}
