// Shared by all entries of the emulator, which differ in where the wasm comes from.
import { makeCreateEmulator } from '../emulator/index.js';
import { Runtime } from './runtime.js';

/** Creates `createEmulator`. `load` resolves with `{ module, createGlue }`, and is called when the first emulator is created. */
export const emulatorOn = (load) => makeCreateEmulator(new Runtime(load));
