/** `completion`: the completion script of a shell, made from the table of commands. */
import { COMMANDS } from '../commands.js';

export default function completion({ positionals: [shell], out }) {
  out.text(SCRIPTS[shell]());
}

const commands = Object.entries(COMMANDS);
const words = (list) => list.join(' ');
/** A text in single quotation marks, for all three shells. */
const quoted = (text) => `'${text.replaceAll("'", '’')}'`;
/** All options of all commands, as `[command, option, details]`. */
const options = commands.flatMap(([name, command]) => Object.entries(command.options).map(([option, details]) => [name, option, details]));

const SCRIPTS = {
  bash() {
    const withChoices = commands.flatMap(([name, command]) => [
      ...(command.arguments.choices ? [[`${name} ${name}`, command.arguments.choices]] : []),
      ...Object.entries(command.options).filter(([, { choices }]) => choices).map(([option, { choices }]) => [`${name} --${option}`, choices]),
    ]);
    const others = options.filter(([, , { value, choices }]) => value && !choices);
    return `# Completion of jules-wasm for bash.
_jules_wasm() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} choices=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    choices=${quoted(words([...commands.map(([name]) => name), '--help', '--version']))}
  else
    case "$command $previous" in
${withChoices.map(([where, choices]) => `      ${quoted(where)}) choices=${quoted(words(choices))} ;;`).join('\n')}
      ${others.map(([name, option]) => quoted(`${name} --${option}`)).join('|')}) return ;;
      *)
        case "$command" in
${commands.map(([name, command]) => `          ${name}) choices=${quoted(words(Object.keys(command.options).map((option) => `--${option}`)))} ;;`).join('\n')}
        esac ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$choices" -- "$current"))
}
complete -o default -F _jules_wasm jules-wasm
`;
  },

  zsh() {
    const escaped = (text) => text.replace(/[[\]:\\]/g, '\\$&');
    const value = ({ value: placeholder, kind, choices }) => {
      if (!placeholder) return '';
      const action = choices ? `(${words(choices)})` : kind === 'file' ? '_files' : '';
      return `:${escaped(placeholder)}:${action}`;
    };
    const option = ([name, details]) => quoted(`--${name}[${escaped(details.text)}]${value(details)}`);
    const positional = ({ arguments: { name, choices } }) => (choices ? [quoted(`:${name}:(${words(choices)})`)] : []);
    const branch = ([name, command]) =>
      `    ${name})\n      _arguments ${[...positional(command), ...Object.entries(command.options).map(option)].join(' \\\n        ')} ;;`;
    return `#compdef jules-wasm
# Completion of jules-wasm for zsh.
_jules_wasm() {
  local -a commands=(
${commands.map(([name, { summary }]) => `    ${quoted(`${name}:${escaped(summary)}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${commands.map(branch).join('\n')}
  esac
}
if [ "$funcstack[1]" = _jules-wasm ]; then _jules_wasm "$@"; else compdef _jules_wasm jules-wasm; fi
`;
  },

  fish() {
    const line = (...parts) => `complete -c jules-wasm ${words(parts.filter(Boolean))}`;
    const option = ([name, option, { text, value, kind, choices }]) =>
      line(`-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`, `-l ${option}`, value && (kind === 'file' ? '-r -F' : '-x'), choices && `-a ${quoted(words(choices))}`, `-d ${quoted(text)}`);
    const argument = ([name, command]) => command.arguments.choices && line(`-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`, `-a ${quoted(words(command.arguments.choices))}`);
    return `# Completion of jules-wasm for fish.
${[
  line('-f'),
  ...commands.map(([name, { summary }]) => line('-n __fish_use_subcommand', `-a ${name}`, `-d ${quoted(summary)}`)),
  ...commands.map(argument).filter(Boolean),
  ...options.map(option),
].join('\n')}
`;
  },
};
