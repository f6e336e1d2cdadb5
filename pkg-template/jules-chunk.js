// The client's wasm as text, its glue, and the diff parser for results. The entries import this chunk at the first call.
export { createGlue } from './generated/jules-glue.js';
export { wasm } from './generated/jules-wasm.js';
export * as results from './lib/results.js';
