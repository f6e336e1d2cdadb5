// The entry for Node, Deno and Bun: as index.js, but packed so that the runtime itself can unpack it, which takes
// milliseconds instead of a twentieth of a second. A string here too, so that a bundle finds it and no file is read.
import { base64 } from './generated/client-brotli.js';
import { createJules } from './jules.js';
import { compile } from './node-compile.js';

export const { jules, connect, parseUnidiff } = createJules(() => compile(base64));
export * from './public.js';
