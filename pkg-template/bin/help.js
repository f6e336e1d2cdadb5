/** The help texts, made from the table of commands. */
import { COMMANDS } from './commands.js';
import { EXIT, EXIT_MEANINGS } from './exits.js';

const WIDTH = 100;

/** Breaks a text into lines; all but the first are indented. */
export function wrapped(text, indent = 0, width = WIDTH) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line && line.length + 1 + word.length > width - indent) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}

/** The command with its arguments: `jules-wasm show ID [options]`. */
export function synopsis(name) {
  const { least, most, name: placeholder } = COMMANDS[name].arguments;
  const shown = most === 0 ? '' : ` ${placeholder}${most === Infinity ? '...' : ''}`;
  return `jules-wasm ${name}${least === 0 && shown ? ` [${shown.trim()}]` : shown} [options]`;
}

/** An option with its placeholder: `--timeout TIME`. */
export const optionLabel = (name, { value, short }) => `--${name}${value ? ` ${value}` : ''}${short ? `, -${short}` : ''}`;

/** The names of the exit codes of a command. */
export const exitsOf = ({ exits }) => ['ok', 'error', 'usage', ...exits];

const rows = (entries) => {
  const indent = Math.min(Math.max(...entries.map(([label]) => label.length)), 26) + 4;
  return entries.map(([label, text]) => {
    const start = `  ${label}`;
    const gap = start.length + 2 > indent ? `\n${' '.repeat(indent)}` : ' '.repeat(indent - start.length);
    return `${start}${gap}${wrapped(text, indent)}`;
  }).join('\n');
};

/** The help of the whole program. */
export function programHelp() {
  return `Usage: jules-wasm COMMAND [options]

${rows(Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary]))}

The options of a command: jules-wasm COMMAND --help. The version: jules-wasm --version.

The API key is read from the environment variable JULES_API_KEY. JULES_BASE_URL is the base URL of another service, such as
the emulator. NO_COLOR turns colours off.

Exit codes
${rows(Object.keys(EXIT).map((name) => [String(EXIT[name]), plain(EXIT_MEANINGS[name])]))}
`;
}

/** The help of a command. */
export function commandHelp(name) {
  const command = COMMANDS[name];
  const [first, ...others] = command.summary;
  return `Usage: ${synopsis(name)}

${wrapped(`${first.toUpperCase()}${others.join('')}. ${command.description}`)}

Options
${rows(Object.entries(command.options).map(([option, details]) => [optionLabel(option, details), details.text]))}

Exit codes
${rows(exitsOf(command).map((exit) => [String(EXIT[exit]), plain(EXIT_MEANINGS[exit])]))}

Examples
${command.examples.map((example) => `  jules-wasm ${example}`).join('\n')}
`;
}

const plain = (text) => text.replaceAll('`', '');
