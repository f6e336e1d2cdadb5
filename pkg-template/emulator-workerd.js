// The emulator for Cloudflare Workers, which do not compile wasm at runtime: the import is a compiled module.
import module from './emulator.wasm';
import { createGlue } from './generated/emulator-glue.js';
import { emulatorOn } from './lib/emulator.js';

export const createEmulator = /* @__PURE__ */ emulatorOn(async () => ({ createGlue, module }));
