// The program in a runtime with a command line.
import process from 'node:process';

import { program } from './program.js';

console.log(`RESULT ${JSON.stringify(await program(process.env.BASE_URL))}`);
