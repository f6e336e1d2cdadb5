// The program of a runtime with a command line.
import { createEmulator } from 'jules-wasm/emulator';

import { program } from './program.mjs';

program({ createEmulator }).then((result) => console.log(`RESULT ${JSON.stringify(result)}`));
