// The entry without the wasm, which the application passes to `init` before the first call.
import { createGlue } from './generated/jules-glue.js';
import { clientOn, connectOn, preloadOn, runtimeOf } from './lib/jules.js';
import * as results from './lib/results.js';

let module;

/** Sets the wasm: the compiled `jules-wasm/jules.wasm`, of this or another realm. */
export function init(compiled) {
  if (Object.prototype.toString.call(compiled) !== '[object WebAssembly.Module]') {
    throw new TypeError('init(module): must be a WebAssembly.Module, such as the result of WebAssembly.compileStreaming(fetch(url))');
  }
  module = compiled;
}

const runtime = /* @__PURE__ */ runtimeOf(async () => {
  if (!module) throw new Error('jules-wasm/slim has no WebAssembly yet. No request was sent. Call init(module) before the first call.');
  return { createGlue, module, results };
});
export const jules = /* @__PURE__ */ clientOn(runtime);
export const connect = /* @__PURE__ */ connectOn(runtime);
export const preload = /* @__PURE__ */ preloadOn(runtime);
export * from './public.js';
