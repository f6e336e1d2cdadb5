/**
 * The package without its wasm, for those who bring it themselves: a page that streams it, a runtime with a loader
 * of its own.
 *
 * @example
 * ```ts
 * import { init, jules } from 'jules-wasm/slim';
 *
 * init(await WebAssembly.compileStreaming(fetch('/jules.wasm')));
 * const session = jules.session('123');
 * ```
 *
 * @module
 */
export * from './index.js';

/**
 * Gives the package its wasm. Call it once, before the first request: until then every call fails.
 *
 * @param module the `WebAssembly.Module` compiled from `jules-wasm/jules.wasm`, of this realm or another
 * @throws TypeError if it is no `WebAssembly.Module`
 */
export declare function init(module: object): void;
