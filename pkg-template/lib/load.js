// Loads the WebAssembly from a chunk of JavaScript that contains it as text. A module of its own, because Next.js refuses to build edge
// functions whose modules name `WebAssembly.compile`.
import { builtin } from './builtins.js';
import { cannotRun, loadError } from './load-errors.js';

/** Imports the chunk of the code and that of the WebAssembly in parallel: together they would exceed what webpack warns about. */
export function fromChunks(importCode, importWasm) {
  return async () => {
    const [code, wasm] = await loaded(importCode, importWasm);
    return { ...code, module: await compiled(wasm) };
  };
}

async function loaded(importCode, importWasm) {
  try {
    return await Promise.all([importCode(), importWasm().then(({ wasm }) => wasm)]);
  } catch (cause) {
    throw loadError(
      'could not be loaded',
      cause,
      "The next call tries again. Check the network, and whether a blocker, a content security policy or a new deployment keeps the " +
        "package's chunks from loading. In Service Workers and other places that cannot load code later, import jules-wasm/inline",
    );
  }
}

/** `wasm` is the file, or text: its gzip in base64. */
async function compiled(wasm) {
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
