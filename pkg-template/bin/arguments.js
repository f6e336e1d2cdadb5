/** Reads the command line's arguments. */

export const USAGE = `Usage: jules-wasm emulator [options]

Serves an emulator of the Jules service over HTTP, for any client in any language.

  --port N         the port (default 8787; 0 picks a free one)
  --host HOST      the address to listen on (default 127.0.0.1). Requests must name it, or localhost, in their Host
  --api-key KEY    the one right key (default: a random one, which is printed)
  --cors           lets pages of any origin call it (default: of its own origin alone)
  --seed N         what all ids follow from (default 1)
  --step-ms N      milliseconds between two steps of a session (default 1000)
  --scenario NAME  what sessions do whose prompt picks nothing with [emulator: NAME]
                   (default, question, revise, one-answer, fail, no-outputs, revive, pause, stall, future; or
                   several, with commas)
  --clock KIND     real (the default), or virtual: looking again lets time pass, so that nothing takes long
  --faults FILE    which requests go wrong, and how: JSON, as the option "faults" of createEmulator
  --daily-quota N  how many sessions can be made within 24 hours (default: any number)
  --concurrent-quota N
                   how many sessions can run at one time (default: any number)
  --quota-failure FORM
                   how a session too many is refused: rateLimit (the default), quotaFailure, bareRateLimit
                   or failedPrecondition
  --activity-lists-per-minute N
                   how often activities can be listed within a minute (the service: 120; default: any number)
  --max-sessions N how many sessions it keeps (default 1000)
  --max-memory MB  how much all sessions take together (default 64)
  --max-body KB    how long a request can be (default 1024)
  --quiet          no line for each request
  --help           this text

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
 * Reads arguments (those behind the program's name).
 *
 * @param {string[]} args
 * @returns {{help: true} | {error: string} | {options: object}} what to do; `error` is a line for the user
 */
export function parseArguments(args) {
  if (args.includes('--help') || args.includes('-h')) return { help: true };
  const [command, ...rest] = args;
  if (command === undefined) return { error: 'which command? There is one: emulator' };
  if (command !== 'emulator') return { error: `unknown command "${command}"; there is one: emulator` };
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
    const [option, read] = WITH_VALUE[name];
    const result = read(value);
    if (result === undefined) return { error: `${name}: "${value}" is not a number that it can be` };
    options[option] = result;
  }
  return { options };
}

function wholeNumber(largest, least = 0) {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    return number >= least && number <= largest ? number : undefined;
  };
}
