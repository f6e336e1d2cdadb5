#!/usr/bin/env node
/** The command line. */
import { main } from './main.js';

const code = await main(process.argv.slice(2));
// Set already where the output could not be written.
process.exitCode ||= code;
