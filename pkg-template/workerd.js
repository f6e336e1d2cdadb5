// The entry for Cloudflare Workers, which do not compile wasm at runtime: the import is a compiled module.
import { createGlue } from './generated/jules-glue.js';
import module from './jules.wasm';
import { clientOn, connectOn, preloadOn, runtimeOf } from './lib/jules.js';
import * as results from './lib/results.js';

const runtime = /* @__PURE__ */ runtimeOf(async () => ({ createGlue, module, results }));
export const jules = /* @__PURE__ */ clientOn(runtime);
export const connect = /* @__PURE__ */ connectOn(runtime);
export const preload = /* @__PURE__ */ preloadOn(runtime);
export * from './public.js';
