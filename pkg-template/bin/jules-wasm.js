#!/usr/bin/env node
/** The command line. */
import { main } from './main.js';

process.exitCode = await main(process.argv.slice(2));
