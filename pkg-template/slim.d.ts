/**
 * The package without its WebAssembly, for applications that load it themselves, for example with streaming compilation or
 * through the loader of a runtime.
 *
 * @example
 * ```ts
 * import { init, jules } from 'jules-wasm/slim';
 *
 * init(await WebAssembly.compileStreaming(fetch('/jules.wasm')));
 * const session = jules.session('123');
 * ```
 *
 * @module jules-wasm/slim
 */
export * from './index.js';

/**
 * Sets the compiled WebAssembly module. Call it once, before the first request: until then every call fails.
 *
 * @param module the `WebAssembly.Module` compiled from `jules-wasm/jules.wasm`, of this or another realm
 * @throws TypeError if the argument is not a `WebAssembly.Module`
 */
export declare function init(module: object): void;
