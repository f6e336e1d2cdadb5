// The entry for browsers, their bundlers and everybody else: the wasm is in a string, so there is no file to find.
import { compile, createJules } from './jules.js';
import { base64 } from './generated/client-wasm.js';

export const { jules, connect, parseUnidiff } = createJules(() => compile(base64));
export * from './public.js';
