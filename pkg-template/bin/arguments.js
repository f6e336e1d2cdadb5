/** Reads the arguments of a command by the table in commands.js. */
import { parseArgs } from 'node:util';

/** The arguments do not fit the command. The message is for the user. */
export class UsageError extends Error {}

/**
 * @param {object} command an entry of the table
 * @param {string[]} args the arguments after the command's name
 * @returns {{ options: Record<string, unknown>, positionals: string[] }} the options that were given, by their names
 */
export function parseArguments(command, args) {
  const known = Object.entries(command.options).map(([name, { value, short }]) => [
    name,
    { type: value ? 'string' : 'boolean', ...(short && { short }) },
  ]);
  const { values, positionals } = parsed({ args, options: Object.fromEntries(known), allowPositionals: true });
  const options = {};
  for (const [name, text] of Object.entries(values)) options[name] = valueOf(name, command.options[name], text);
  if (!options.help) checkPositionals(command.arguments, positionals);
  return { options, positionals };
}

function parsed(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
    // Its further sentences explain `--`.
    throw new UsageError(error.message.split('. ', 1)[0]);
  }
}

function checkPositionals({ name, least, most, choices }, positionals) {
  const { length } = positionals;
  if (length < least) throw new UsageError(`${name.split(' ')[length]} is missing`);
  const wrong = choices && positionals.find((text) => !choices.includes(text));
  if (wrong !== undefined) throw new UsageError(`${name} ${JSON.stringify(wrong)} is not ${expected('text', { choices })}`);
  if (length <= most) return;
  throw new UsageError(most === 0 ? 'accepts no arguments besides options' : `accepts only ${name}; put a text in quotation marks`);
}

function valueOf(name, { value, kind = 'text', ...rest }, text) {
  if (!value) return text;
  if (text === '') throw new UsageError(`--${name} needs a value`);
  const read = KINDS[kind](text, rest);
  if (read === undefined) throw new UsageError(`--${name}: ${JSON.stringify(text)} is not ${expected(kind, rest)}`);
  return read;
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The readers of values. Each returns `undefined` for an invalid text. */
const KINDS = {
  text: (text, { choices }) => (!choices || choices.includes(text) ? text : undefined),
  file: (text) => text,
  count(text, { least = 0, most = Number.MAX_SAFE_INTEGER }) {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    return number >= least && number <= most ? number : undefined;
  },
  duration(text) {
    const [, number, unit = 's'] = text.match(/^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/) ?? [];
    return number === undefined ? undefined : Number(number) * UNITS[unit];
  },
  list(text, { choices }) {
    const names = text.split(',').map((name) => name.trim());
    return names.every((name) => choices.includes(name)) ? names : undefined;
  },
};

function expected(kind, { choices, least = 0, most = Number.MAX_SAFE_INTEGER }) {
  if (choices) return `one of ${choices.join(', ')}`;
  if (kind === 'duration') return 'a time such as 90s, 15m or 2h';
  return most === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${least}` : `a whole number from ${least} to ${most}`;
}
