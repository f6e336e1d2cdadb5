// The client's wasm as text, with its glue: what the entries load at the first call.
export { createGlue } from './generated/jules-glue.js';
export { base64 } from './generated/jules-wasm.js';
