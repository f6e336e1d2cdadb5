// How the wasm is loaded: a chunk of JavaScript that holds it as text, or a module that is there already.
import { builtin } from './builtins.js';
import { JulesLoadError } from './errors.js';

/** Loads a chunk, and compiles what it holds. */
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
      'Check that the network is there, and that nothing (a blocker, a content security policy, a new deployment) keeps the ' +
        "package's chunk away; the next call tries again. Where code may not be loaded later, import jules-wasm/inline instead",
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

/** The error of a runtime that does not let WebAssembly run. */
export function cannotRun(cause) {
  return loadError('cannot be run here', cause, "A content security policy must allow 'wasm-unsafe-eval' in script-src");
}

function loadError(what, cause, advice) {
  return new JulesLoadError(`The WebAssembly of jules-wasm ${what}: ${cause?.message ?? cause}. No request was sent. ${advice}.`, { cause });
}

/** What gzip has packed and base64 has written. Node's own zlib takes a tenth of the time of the streams that all runtimes have. */
async function unpacked(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  // A loop, because `Uint8Array.from` with a callback takes thirty times as long.
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const zlib = builtin('node:zlib');
  if (zlib) return zlib.gunzipSync(bytes);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}
