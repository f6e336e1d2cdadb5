// The emulator for Cloudflare Workers, where code may not compile wasm: the import gives a compiled module.
import module from './emulator.wasm';
import { createGlue } from './generated/emulator-glue.js';
import { emulatorOn } from './lib/emulator.js';

export const createEmulator = /* @__PURE__ */ emulatorOn(async () => ({ createGlue, module }));
