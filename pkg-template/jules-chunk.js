// The code that comes with the client's wasm: its glue, what compiles it, and what makes results. The entries import this chunk at the first call.
export { createGlue } from './generated/jules-glue.js';
export { compiled } from './lib/compile.js';
export * as results from './lib/results.js';
