// The emulator for Cloudflare Workers, where code may not compile wasm: the import gives a compiled module.
import { emulatorOn } from './emulator-core.js';
import module from './emulator.wasm';

export const createEmulator = /* @__PURE__ */ emulatorOn(() => module);
