// Two copies of the package, as two dependencies of a program may bring them: the errors of one are compared with the classes of the other.
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';

import { createEmulator } from 'jules-wasm/emulator';

import { program } from './program.mjs';

cpSync('node_modules/jules-wasm', 'other/node_modules/jules-wasm', { recursive: true });
const { AbortError, InvalidArgumentError, JulesApiError, JulesError, JulesNetworkError, TimeoutError } = createRequire(`${process.cwd()}/other/index.js`)('jules-wasm');
const others = { AbortError, InvalidArgumentError, JulesApiError, JulesError, JulesNetworkError, TimeoutError };

console.log(`RESULT ${JSON.stringify(await program({ others, createEmulator }))}`);
