/**
 * The WebAssembly of the emulator as a module, in runtimes and bundlers that can import it.
 *
 * @module jules-wasm/emulator.wasm
 */

/** The compiled `WebAssembly.Module`. */
declare const module: object;
export default module;
