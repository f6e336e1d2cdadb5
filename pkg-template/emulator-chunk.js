// The emulator's wasm as text, with its glue. The entry imports this chunk when the first emulator is created.
export { createGlue } from './generated/emulator-glue.js';
export { wasm } from './generated/emulator-wasm.js';
