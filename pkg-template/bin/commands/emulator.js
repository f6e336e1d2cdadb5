/** `emulator`: serves the emulator until a signal ends it. */
import { readFileSync } from 'node:fs';

import { UsageError } from '../arguments.js';
import { serve } from '../server.js';

export default async function emulator({ options, out }) {
  const print = (line) => out.text(`${line}\n`);
  const given = serverOptionsOf(options);
  let server;
  try {
    server = await serve({ ...given, onRequest: options.quiet ? undefined : print });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    out.error(`jules-wasm emulator: ${error.message}`);
    return 1;
  }
  print(server.baseUrl);
  print(`API key: ${server.apiKey}`);
  print('Configure a client with both. Press Ctrl+C to stop.');
  await new Promise((resolve) => ['SIGINT', 'SIGTERM'].forEach((name) => process.once(name, resolve)));
  await server.close();
}

/** The options of the server that these options set; those that are absent have its defaults. */
function serverOptionsOf(options) {
  const { port, host, cors, seed, scenario, clock } = options;
  return {
    port, host, cors, seed, scenario, clock,
    apiKey: options['api-key'],
    stepMs: options['step-ms'],
    scenarios: jsonOf('scenarios', options),
    faults: jsonOf('faults', options),
    quota: {
      daily: options['daily-quota'],
      concurrent: options['concurrent-quota'],
      failure: options['quota-failure'],
      activityListsPerMinute: options['activity-lists-per-minute'],
    },
    limits: { sessions: options['max-sessions'], bytes: scaled(options['max-memory'], 1024 * 1024) },
    maxBody: scaled(options['max-body'], 1024),
  };
}

const scaled = (number, unit) => (number === undefined ? undefined : number * unit);

/** The content of the JSON file that an option names. */
function jsonOf(name, options) {
  if (options[name] === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(options[name], 'utf8'));
  } catch (error) {
    throw new UsageError(`--${name}: ${error.message}`);
  }
}
