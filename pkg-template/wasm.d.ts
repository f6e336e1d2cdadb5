/**
 * What importing `jules-wasm/jules.wasm` or `jules-wasm/emulator.wasm` gives where the runtime or the bundler can
 * import wasm: the compiled `WebAssembly.Module`.
 *
 * @module
 */
declare const module: object;
export default module;
