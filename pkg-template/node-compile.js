// How the entries of Node get their module: the runtime itself unpacks it.
import { brotliDecompressSync } from 'node:zlib';

/** The module that is packed in `base64`. */
export const compile = (base64) => new WebAssembly.Module(brotliDecompressSync(Buffer.from(base64, 'base64')));
