#!/usr/bin/env node
/** The command line: parses the arguments and serves the emulator until a signal ends it. */

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
  // Loaded on demand: the help needs no wasm.
  const { serve } = await import('./server.js');
  const print = (line) => process.stdout.write(`${line}\n`);
  // A caller may close the pipe after reading the base URL and the key. The server then continues without output.
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
  print('Configure a client with both. Press Ctrl+C to stop.');
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => process.exit(0));
  }
}

/** Reads the fault rules in a file. */
function readRules(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TypeError(`--faults: ${error.message}`);
  }
}
