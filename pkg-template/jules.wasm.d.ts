/**
 * The WebAssembly as a module, in runtimes and bundlers that can import it, for `init` of `jules-wasm/slim`.
 *
 * @module jules-wasm/jules.wasm
 */

/** The compiled `WebAssembly.Module`. */
declare const module: object;
export default module;
