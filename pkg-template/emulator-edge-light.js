// The emulator for Vercel's edge functions, where `?module` asks for a compiled module.
import { emulatorOn } from './emulator-core.js';
import module from './emulator.wasm?module';

export const createEmulator = /* @__PURE__ */ emulatorOn(() => module);
