// The default entry. The wasm is in a chunk that is loaded at the first call.
import { clientOn, connectOn, preloadOn, runtimeOf } from './lib/jules.js';
import { fromChunk } from './lib/load.js';

const runtime = /* @__PURE__ */ runtimeOf(/* @__PURE__ */ fromChunk(() => import('./jules-chunk.js')));
export const jules = /* @__PURE__ */ clientOn(runtime);
export const connect = /* @__PURE__ */ connectOn(runtime);
export const preload = /* @__PURE__ */ preloadOn(runtime);
export * from './public.js';
