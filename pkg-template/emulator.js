// The default entry of the emulator. The wasm is in a chunk that is loaded when the first emulator is created.
import { emulatorOn } from './lib/emulator.js';
import { fromChunk } from './lib/load.js';

export const createEmulator = /* @__PURE__ */ emulatorOn(/* @__PURE__ */ fromChunk(() => import('./emulator-chunk.js')));
