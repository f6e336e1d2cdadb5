// The default entry. The wasm and the code that comes with it are two chunks, loaded in parallel at the first call.
import { clientOn, connectOn, preloadOn, runtimeOf } from './lib/jules.js';
import { fromChunks } from './lib/load.js';

const runtime = /* @__PURE__ */ runtimeOf(/* @__PURE__ */ fromChunks(() => import('./jules-chunk.js'), () => import('./generated/jules-text.js')));
export const jules = /* @__PURE__ */ clientOn(runtime);
export const connect = /* @__PURE__ */ connectOn(runtime);
export const preload = /* @__PURE__ */ preloadOn(runtime);
export * from './public.js';
