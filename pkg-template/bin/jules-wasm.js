#!/usr/bin/env node
/** The command line: reads the arguments, serves the emulator, ends at a signal. */

import { readFileSync } from 'node:fs';

import { parseArguments, USAGE } from './arguments.js';

const command = parseArguments(process.argv.slice(2));
if (command.help) {
  process.stdout.write(USAGE);
} else if (command.error) {
  process.stderr.write(`jules-wasm: ${command.error}\nSee: jules-wasm --help\n`);
  process.exitCode = 2;
} else {
  await run(command.options);
}

async function run({ quiet, faultsFile, ...given }) {
  const { dailyQuota: daily, concurrentQuota: concurrent, quotaFailure: failure, activityListsPerMinute, ...others } = given;
  const { maxSessions: sessions, maxMemory, maxBody, ...options } = others;
  // Loaded only now: the help needs no wasm.
  const { serve } = await import('./server.js');
  const print = (line) => process.stdout.write(`${line}\n`);
  // Who wants the address alone closes the pipe after it; the server goes on without its lines.
  process.stdout.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
  let server;
  try {
    const faults = faultsFile === undefined ? undefined : readRules(faultsFile);
    const quota = { daily, concurrent, failure, activityListsPerMinute };
    const limits = { sessions, bytes: maxMemory && maxMemory * 1024 * 1024 };
    const onRequest = quiet ? undefined : print;
    server = await serve({ ...options, faults, quota, limits, maxBody: maxBody && maxBody * 1024, onRequest });
  } catch (error) {
    process.stderr.write(`jules-wasm: ${error.message}\n`);
    process.exitCode = error instanceof TypeError ? 2 : 1;
    return;
  }
  print(server.baseUrl);
  print(`API key: ${server.apiKey}`);
  print('Point a client at both. Ctrl+C ends it.');
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => process.exit(0));
  }
}

/** The list of rules in a file. */
function readRules(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TypeError(`--faults: ${error.message}`);
  }
}
