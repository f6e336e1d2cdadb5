/** Parses the arguments of the command line. */

export const USAGE = `Usage: jules-wasm emulator [options]

Serves an emulator of the Jules service over HTTP, for clients in any language.

  --port N         the port (default 8787; 0 selects a free one)
  --host HOST      the address to listen on (default 127.0.0.1). The Host header of requests must name it or localhost
  --api-key KEY    the only API key that is accepted (default: a random one, which is printed)
  --cors           sends CORS headers, so that pages of any origin can call it (default: same origin only)
  --seed N         the seed of all ids (default 1)
  --step-ms N      milliseconds between two steps of a session (default 1000)
  --scenario NAME  the scenario of sessions whose prompt selects none with [emulator: NAME]
                   (default, question, revise, one-answer, fail, no-outputs, revive, pause, stall, future; or
                   several, separated by commas)
  --clock KIND     real (the default), or virtual: polling moves the time, so that waiting takes no real time
  --faults FILE    fault rules as JSON, as in the option "faults" of createEmulator
  --daily-quota N  how many sessions can be created within 24 hours (default: unlimited)
  --concurrent-quota N
                   how many sessions can run concurrently (default: unlimited)
  --quota-failure FORM
                   the error of a create beyond the quota: rateLimit (the default), quotaFailure, bareRateLimit
                   or failedPrecondition
  --activity-lists-per-minute N
                   how often activities can be listed within a minute (the service: 120; default: unlimited)
  --max-sessions N the largest number of sessions (default 1000)
  --max-memory MB  the memory of all sessions (default 64)
  --max-body KB    the largest request body (default 1024)
  --quiet          does not log requests
  --help           prints this text

The first line of the output is the base URL, the second one the API key.
`;

const FLAGS = { '--quiet': 'quiet', '--cors': 'cors' };

const WITH_VALUE = {
  '--port': ['port', wholeNumber(65535)],
  '--host': ['host', String],
  '--api-key': ['apiKey', String],
  '--seed': ['seed', wholeNumber(Number.MAX_SAFE_INTEGER)],
  '--step-ms': ['stepMs', wholeNumber(Number.MAX_SAFE_INTEGER)],
  '--scenario': ['scenario', String],
  '--clock': ['clock', String],
  '--faults': ['faultsFile', String],
  '--daily-quota': ['dailyQuota', wholeNumber(Number.MAX_SAFE_INTEGER)],
  '--concurrent-quota': ['concurrentQuota', wholeNumber(Number.MAX_SAFE_INTEGER)],
  '--quota-failure': ['quotaFailure', String],
  '--max-sessions': ['maxSessions', wholeNumber(Number.MAX_SAFE_INTEGER, 1)],
  '--max-memory': ['maxMemory', wholeNumber(4096, 1)],
  '--max-body': ['maxBody', wholeNumber(512 * 1024, 1)],
  '--activity-lists-per-minute': ['activityListsPerMinute', wholeNumber(Number.MAX_SAFE_INTEGER)],
};

/**
 * Parses the arguments after the program's name.
 *
 * @param {string[]} args
 * @returns {{help: true} | {error: string} | {options: object}} `error` is a message for the user
 */
export function parseArguments(args) {
  if (args.includes('--help') || args.includes('-h')) return { help: true };
  const [command, ...rest] = args;
  if (command === undefined) return { error: 'missing command; the only one is: emulator' };
  if (command !== 'emulator') return { error: `unknown command "${command}"; the only one is: emulator` };
  const options = { port: 8787, host: '127.0.0.1', quiet: false };
  while (rest.length > 0) {
    const argument = rest.shift();
    const [name, ...joined] = argument.split('=');
    if (Object.hasOwn(FLAGS, argument)) {
      options[FLAGS[argument]] = true;
      continue;
    }
    if (!Object.hasOwn(WITH_VALUE, name)) return { error: `unknown option "${argument}"` };
    const value = joined.length > 0 ? joined.join('=') : rest.shift();
    if (value === undefined || value === '') return { error: `${name} needs a value` };
    const [option, parse] = WITH_VALUE[name];
    const result = parse(value);
    if (result === undefined) return { error: `${name}: "${value}" is not a valid number` };
    options[option] = result;
  }
  return { options };
}

function wholeNumber(max, min = 0) {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    return number >= min && number <= max ? number : undefined;
  };
}
