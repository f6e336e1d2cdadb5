/** How errors of the library are reported. */
import { InvalidArgumentError, JulesError } from 'jules-wasm';
import { EXIT } from './exits.js';

/** The exit code of each code of an error. */
const EXITS = {
  invalid_argument: EXIT.usage,
  missing_api_key: EXIT.usage,
  session_failed: EXIT.failed,
  invalid_state: EXIT.undecided,
  unknown_outcome: EXIT.unknown,
  timeout: EXIT.timeout,
};

/** Reports an error in one message, and returns the exit code. */
export function report(error, { out, command, progress, debug, isInterrupted }) {
  if (out.isJson) out.error(JSON.stringify({ error: dataOf(error), ...(progress.ids.length > 0 && { ids: progress.ids }) }));
  else {
    const lines = [isInterrupted ? 'Interrupted.' : '', messageOf(error, command), ...hints(error, progress)];
    out.error(lines.filter(Boolean).join('\n'));
  }
  if (debug) out.error(error.stack);
  if (isInterrupted) return EXIT.interrupted;
  // Also after a timeout: a session that may have been created matters more.
  const isAmbiguous = error.outcome === 'unknown' && command.exits.includes('unknown');
  return isAmbiguous ? EXIT.unknown : (EXITS[error.code] ?? EXIT.error);
}

const dataOf = (error) => (error instanceof JulesError ? error.toJSON() : { name: error.name, message: error.message, code: error.code });

function messageOf(error, command) {
  // Without an outcome the request changed nothing.
  if (error.code === 'aborted' && !error.outcome) return '';
  if (error.code === 'missing_api_key') {
    return 'jules-wasm: There is no API key. Nothing was sent. Set JULES_API_KEY; create a key in the settings of the Jules web app.';
  }
  if (error.code === 'timeout') {
    // The library names its call, and the part of the time that was left for it.
    return `jules-wasm: ${error.message.replace(/^\S+ did not finish within \d+ ms \(timeoutMs\)/, 'The time of --timeout is over')}`;
  }
  return `jules-wasm: ${error instanceof InvalidArgumentError ? withOptionName(error, command) : error.message}`;
}

/** The message of an invalid argument, with the option of the command line instead of the library's argument. */
function withOptionName({ field, message }, { options }) {
  const [name] = Object.entries(options).find(([, option]) => option.field === field) ?? [];
  return name ? message.replace(field, `--${name}`) : message;
}

/** What to do next, for the errors after which the sessions continue. */
function hints(error, { ids, resume }) {
  if (resume) return [`Sessions continue on the service. Continue: ${resume}`];
  if (ids.length === 0 || !['aborted', 'timeout', 'network_error'].includes(error.code)) return [];
  const [what, them] = ids.length === 1 ? [`The session ${ids[0]} continues`, 'it'] : [`${ids.length} sessions continue`, 'them'];
  return [`${what} on the service. Watch ${them}: jules-wasm watch ${ids.join(' ')}`];
}
