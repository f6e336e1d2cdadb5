// The program in TypeScript, compiled as CommonJS because the project says nothing else.
import * as client from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

import { conformance } from './conformance.cjs';
import { baseUrl } from './service.cjs';

const print = (result: object): void => console.log(`RESULT ${JSON.stringify(result)}`);
void conformance(client, { baseUrl, createEmulator }).then(print);
