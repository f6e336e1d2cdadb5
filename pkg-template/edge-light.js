// The entry for Vercel's edge functions and middleware, where `?module` asks for a compiled module.
import { createGlue } from './generated/jules-glue.js';
import module from './jules.wasm?module';
import { clientOn, connectOn, parseOn, preloadOn, runtimeOf } from './lib/jules.js';

const runtime = /* @__PURE__ */ runtimeOf(async () => ({ createGlue, module }));
export const jules = /* @__PURE__ */ clientOn(runtime);
export const connect = /* @__PURE__ */ connectOn(runtime);
export const preload = /* @__PURE__ */ preloadOn(runtime);
export const parseUnidiff = /* @__PURE__ */ parseOn(runtime);
export * from './public.js';
