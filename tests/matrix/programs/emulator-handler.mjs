// The same, also with the emulator in process.
import { createEmulator } from 'jules-wasm/emulator';

import { program } from './program.mjs';

export default {
  async fetch() {
    return Response.json(await program({ createEmulator }));
  },
};
