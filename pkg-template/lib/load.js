// Loads the WebAssembly from a chunk of JavaScript that contains it as text. A module of its own, because Next.js refuses to build edge
// functions whose modules name `WebAssembly.compile`.
import { builtin } from './builtins.js';
import { cannotRun, loadError } from './load-errors.js';

/** Imports a chunk and compiles the WebAssembly in it. */
export function fromChunk(importChunk) {
  return async () => {
    const { base64, ...rest } = await loaded(importChunk);
    return { ...rest, module: await compiled(base64) };
  };
}

async function loaded(importChunk) {
  try {
    return await importChunk();
  } catch (cause) {
    throw loadError(
      'could not be loaded',
      cause,
      "The next call tries again. Check the network, and whether a blocker, a content security policy or a new deployment keeps the " +
        "package's chunk from loading. In Service Workers and other places that cannot load code later, import jules-wasm/inline",
    );
  }
}

async function compiled(base64) {
  try {
    return await WebAssembly.compile(await unpacked(base64));
  } catch (cause) {
    throw cannotRun(cause);
  }
}

/** Decodes gzip in base64. Node's zlib takes a tenth of the time of `DecompressionStream`, which all runtimes have. */
async function unpacked(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  // A loop, because `Uint8Array.from` with a callback takes thirty times as long.
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const zlib = builtin('node:zlib');
  if (zlib) return zlib.gunzipSync(bytes);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}
