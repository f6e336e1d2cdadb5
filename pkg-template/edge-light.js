// The entry for Vercel's edge functions and middleware, where `?module` asks for a compiled module.
import { createJules } from './jules.js';
import module from './jules.wasm?module';

export const { jules, connect, parseUnidiff } = createJules(() => module);
export * from './public.js';
