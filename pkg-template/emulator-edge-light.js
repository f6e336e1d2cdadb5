// The emulator for Vercel's edge functions, where `?module` imports a compiled module.
import module from './emulator.wasm?module';
import { createGlue } from './generated/emulator-glue.js';
import { emulatorOn } from './lib/emulator.js';

export const createEmulator = /* @__PURE__ */ emulatorOn(async () => ({ createGlue, module }));
