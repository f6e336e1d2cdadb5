// The entry for places that cannot load code later: the chunk with the wasm is imported statically.
import * as chunk from './jules-chunk.js';
import { clientOn, connectOn, preloadOn, runtimeOf } from './lib/jules.js';
import { fromChunk } from './lib/load.js';

const runtime = /* @__PURE__ */ runtimeOf(/* @__PURE__ */ fromChunk(async () => chunk));
export const jules = /* @__PURE__ */ clientOn(runtime);
export const connect = /* @__PURE__ */ connectOn(runtime);
export const preload = /* @__PURE__ */ preloadOn(runtime);
export * from './public.js';
