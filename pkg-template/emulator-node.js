// The emulator for Node, Deno and Bun: as emulator.js, but packed so that the runtime itself can unpack it.
import { emulatorOn } from './emulator-core.js';
import { base64 } from './generated/emulator-brotli.js';
import { compile } from './node-compile.js';

export const createEmulator = /* @__PURE__ */ emulatorOn(() => compile(base64));
