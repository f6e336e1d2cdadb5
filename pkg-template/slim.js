// The entry for those who bring the wasm themselves, such as a page that streams it: call `init` before anything else.
import { createJules } from './jules.js';

let module;

/** Gives the package its wasm: the compiled `jules-wasm/jules.wasm`. */
export function init(compiled) {
  if (!(compiled instanceof WebAssembly.Module)) {
    throw new TypeError('init: expected a WebAssembly.Module, such as WebAssembly.compileStreaming(fetch(url)) gives');
  }
  module = compiled;
}

export const { jules, connect, parseUnidiff } = createJules(() => {
  if (!module) throw new Error('jules-wasm/slim has no wasm yet: call init(module) before the first use');
  return module;
});
export * from './public.js';
