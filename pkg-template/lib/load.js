// Loads the code that comes with the WebAssembly, and the WebAssembly.
import { loadError } from './load-errors.js';

/**
 * Imports the chunk of the code and that of the WebAssembly in parallel: together they would exceed what webpack warns about. The code
 * contains the function that compiles (lib/compile.js), which is not needed before.
 */
export function fromChunks(importCode, importWasm) {
  return async () => {
    const [{ compiled, ...code }, wasm] = await loaded(importCode, importWasm);
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
