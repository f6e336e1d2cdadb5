// Compiles the WebAssembly. No entry for edge functions contains this module: Next.js refuses to build those that name
// `WebAssembly.compile`.
import { builtin } from './builtins.js';
import { cannotRun } from './load-errors.js';

/** Resolves with the module. `wasm` is the file, or text: its gzip in base64. */
export async function compiled(wasm) {
  try {
    return await WebAssembly.compile(typeof wasm === 'string' ? await unpacked(wasm) : wasm);
  } catch (cause) {
    throw cannotRun(cause);
  }
}

/** Decodes gzip in base64. Node's zlib takes a tenth of the time of `DecompressionStream`, which all runtimes have. */
async function unpacked(base64) {
  const bytes = decoded(base64);
  const zlib = builtin('node:zlib');
  if (zlib) return zlib.gunzipSync(bytes);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}

/** Decodes base64. Built-in functions take less than a millisecond, a loop takes seven at its first run. */
function decoded(base64) {
  const buffer = builtin('node:buffer');
  if (buffer) return buffer.Buffer.from(base64, 'base64');
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
