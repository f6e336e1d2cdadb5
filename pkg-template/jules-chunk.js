// The code that comes with the client's wasm: its glue, and what makes results. The entries import this chunk at the first call.
export { createGlue } from './generated/jules-glue.js';
export * as results from './lib/results.js';
