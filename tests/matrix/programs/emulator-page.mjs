// A page with the emulator, without a bundler.
import { report } from './report.mjs';
import { createEmulator } from '/node_modules/jules-wasm/emulator.js';

import { program } from './program.mjs';

report(() => program({ createEmulator }));
