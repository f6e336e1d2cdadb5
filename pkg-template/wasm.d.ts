/**
 * The default export of `jules-wasm/jules.wasm` and `jules-wasm/emulator.wasm` in runtimes and bundlers that can import
 * WebAssembly: the compiled `WebAssembly.Module`.
 *
 * @module
 */
declare const module: object;
export default module;
