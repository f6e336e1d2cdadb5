// The entry for places that cannot load code later: the chunks with the wasm and its code are imported statically.
import * as text from './generated/jules-text.js';
import * as code from './jules-chunk.js';
import { clientOn, connectOn, preloadOn, runtimeOf } from './lib/jules.js';
import { fromChunks } from './lib/load.js';

const runtime = /* @__PURE__ */ runtimeOf(/* @__PURE__ */ fromChunks(async () => code, async () => text));
export const jules = /* @__PURE__ */ clientOn(runtime);
export const connect = /* @__PURE__ */ connectOn(runtime);
export const preload = /* @__PURE__ */ preloadOn(runtime);
export * from './public.js';
