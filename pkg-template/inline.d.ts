/**
 * The same as `jules-wasm`, with the WebAssembly in the same file, for where code cannot be loaded later: Service Workers, workers
 * of extensions, bundles of a single file.
 *
 * @module
 */
export * from './index.js';
