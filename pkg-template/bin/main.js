/** Runs a command: its arguments, its client, its signals, its errors. Loads only what the command needs. */
import { parseArguments, UsageError } from './arguments.js';
import { COMMANDS } from './commands.js';
import { EXIT } from './exits.js';
import { Output } from './output.js';

/**
 * @param {string[]} args the arguments after the program's name
 * @param {{ stdin: object, stdout: object, stderr: object }} streams
 * @returns {Promise<number>} the exit code
 */
export async function main(args, { stdin, stdout, stderr } = process) {
  const [name, ...rest] = args;
  const out = new Output(stdout, stderr);
  if (name === '--help' || name === '-h' || name === 'help') return printHelp(out, rest[0]);
  if (name === '--version') return printVersion(out);
  if (!Object.hasOwn(COMMANDS, name ?? '')) {
    const problem = name === undefined ? 'missing command' : `unknown command "${name}"`;
    out.error(`jules-wasm: ${problem}; the commands are: ${Object.keys(COMMANDS).join(', ')}\nSee: jules-wasm --help`);
    return EXIT.usage;
  }
  const command = COMMANDS[name];
  try {
    const { options, positionals } = parseArguments(command, rest);
    if (options.help) return await printHelp(out, name);
    out.isJson = options.json === true;
    return await run(name, { command, options, positionals, stdin, out });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    out.error(`jules-wasm ${name}: ${error.message}\nSee: jules-wasm ${name} --help`);
    return EXIT.usage;
  }
}

async function run(name, { command, options, positionals, stdin, out }) {
  const { default: perform } = await import(`./commands/${name}.js`);
  if (command.local) return (await perform({ options, positionals, out })) ?? EXIT.ok;
  const { report } = await import('./errors.js');
  const interrupt = interruptible(out);
  /** What is known so far, for the message of an error or an interruption: the ids of the sessions that continue. */
  const progress = { ids: [] };
  try {
    const jules = await connected(options, out);
    const context = { jules, options, positionals, stdin, out, signal: interrupt.signal, timeLeft: timeLeft(options), progress };
    return (await perform(context)) ?? EXIT.ok;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (interrupt.reason === 'closed') return EXIT.closed;
    return report(error, { out, command, progress, debug: options.debug, isInterrupted: interrupt.signal.aborted });
  } finally {
    out.close();
    interrupt.end();
  }
}

/** A function that returns how many milliseconds of `--timeout` are left, for commands that make several calls. */
function timeLeft({ timeout }) {
  const begun = performance.now();
  return () => (timeout === undefined ? undefined : Math.max(0, timeout - (performance.now() - begun)));
}

/** The client of a command. */
async function connected(options, out) {
  const { connect } = await import('jules-wasm');
  const line = (text) => out.error(text);
  return connect({
    baseUrl: options['base-url'],
    // The errors of calls are reported at the end.
    logger: { warn: (text) => out.note(text), ...(options.debug && { debug: line, info: line }) },
    config: { pollingIntervalMs: options.interval },
  });
}

/** A signal that Ctrl+C aborts, and the reader of the output by closing its pipe. A second Ctrl+C ends the program at once. */
function interruptible(out) {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'];
  const end = () => signals.forEach((name) => process.off(name, onInterrupt));
  const state = { signal: controller.signal, reason: undefined, end };
  const onInterrupt = () => {
    if (controller.signal.aborted) {
      out.close();
      process.exit(EXIT.interrupted);
    }
    state.reason = 'interrupted';
    controller.abort();
  };
  signals.forEach((name) => process.on(name, onInterrupt));
  out.onClosed = () => {
    state.reason = 'closed';
    controller.abort();
  };
  return state;
}

async function printHelp(out, name) {
  const { commandHelp, programHelp } = await import('./help.js');
  out.text(Object.hasOwn(COMMANDS, name ?? '') ? commandHelp(name) : programHelp());
  return EXIT.ok;
}

async function printVersion(out) {
  const { readFileSync } = await import('node:fs');
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  out.text(`${version}\n`);
  return EXIT.ok;
}
