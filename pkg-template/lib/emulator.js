// What all entries of the emulator share; they differ in where its wasm comes from.
import { makeCreateEmulator } from '../emulator/index.js';
import { Runtime } from './runtime.js';

export { fromChunk } from './load.js';

/** `createEmulator` on the wasm that `load` resolves with, as `{ module, createGlue }`, when the first emulator is created. */
export const emulatorOn = (load) => makeCreateEmulator(new Runtime(load));
