// The default entry of the emulator. The wasm and its glue are two chunks, loaded in parallel when the first emulator is created.
import { compiled } from './lib/compile.js';
import { emulatorOn } from './lib/emulator.js';
import { fromChunks } from './lib/load.js';

const load = /* @__PURE__ */ fromChunks(async () => ({ ...(await import('./generated/emulator-glue.js')), compiled }), () => import('./generated/emulator-text.js'));
export const createEmulator = /* @__PURE__ */ emulatorOn(load);
