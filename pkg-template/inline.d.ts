/**
 * The same as `jules-wasm`, with the WebAssembly in the same file instead of a dynamic `import()`: for Service Workers,
 * extension workers and single-file bundles, where code cannot be loaded later.
 *
 * @module jules-wasm/inline
 */
export * from './index.js';
