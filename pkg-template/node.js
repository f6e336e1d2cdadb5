// The entry for Node, Deno and Bun: as index.js, but packed so that the runtime itself can unpack it, which takes
// milliseconds instead of a twentieth of a second. A string here too, so that a bundle finds it and no file is read.
import * as asyncHooks from 'node:async_hooks';
import * as files from 'node:fs/promises';
import { base64 } from './generated/client-brotli.js';
import { createJules, useBuiltins } from './jules.js';
import { compile } from './node-compile.js';

useBuiltins({ 'node:async_hooks': asyncHooks, 'node:fs/promises': files });
export const { jules, connect, parseUnidiff } = createJules(() => compile(base64));
export * from './public.js';
