// The emulator for browsers, their bundlers and everybody else: the wasm is in a string, so there is no file to find.
import { compile, emulatorOn } from './emulator-core.js';
import { base64 } from './generated/emulator-wasm.js';

export const createEmulator = /* @__PURE__ */ emulatorOn(() => compile(base64));
