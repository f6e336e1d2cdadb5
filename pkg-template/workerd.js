// The entry for Cloudflare Workers, where code may not compile wasm: the import gives a compiled module.
import { createJules } from './jules.js';
import module from './jules.wasm';

export const { jules, connect, parseUnidiff } = createJules(() => module);
export * from './public.js';
