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
  const { id } = progress;
  if (out.isJson) out.error(JSON.stringify({ error: dataOf(error), ...(id && { id }) }));
  else {
    const lines = [isInterrupted ? 'Interrupted.' : '', messageOf(error, command), ...(debug ? [error.stack] : []), ...hints(error, progress)];
    out.error(lines.filter(Boolean).join('\n'));
  }
  if (isInterrupted) return EXIT.interrupted;
  const isAmbiguous = error.outcome === 'unknown' && error.method !== 'GET' && error.code !== 'timeout';
  return isAmbiguous ? EXIT.unknown : (EXITS[error.code] ?? EXIT.error);
}

const dataOf = (error) => (error instanceof JulesError ? error.toJSON() : { name: error.name, message: error.message, code: error.code });

function messageOf(error, command) {
  // Without an outcome the request changed nothing.
  if (error.code === 'aborted' && !error.outcome) return '';
  if (error.code === 'missing_api_key') {
    return 'jules-wasm: There is no API key. Nothing was sent. Set JULES_API_KEY; create a key in the settings of the Jules web app.';
  }
  return `jules-wasm: ${error instanceof InvalidArgumentError ? withOptionName(error, command) : error.message}`;
}

/** The message of an invalid argument, with the option of the command line instead of the library's argument. */
function withOptionName({ field, message }, { options }) {
  const [name] = Object.entries(options).find(([, option]) => option.field === field) ?? [];
  return name ? message.replace(field, `--${name}`) : message;
}

/** What to do next, for the errors after which the session continues. */
function hints(error, { id }) {
  if (!id || !['aborted', 'timeout', 'network_error'].includes(error.code)) return [];
  return [`The session ${id} continues on the service. Watch it: jules-wasm watch ${id}`];
}
