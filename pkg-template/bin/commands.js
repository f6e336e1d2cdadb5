/**
 * The commands: their synopses, options and exit codes. Help, shell completion and docs/cli.md are made from this table.
 *
 * An option is a flag, or has a `value`: its placeholder in the help. `kind` says how the value is read (arguments.js).
 * `field` is the argument of the library that the option sets, as its errors name it.
 */
import { EMULATOR } from './emulator-options.js';

/** The states of a session. */
export const STATES = [
  'unspecified', 'queued', 'planning', 'awaitingPlanApproval', 'awaitingUserFeedback', 'inProgress', 'paused', 'failed', 'completed',
];

const HELP = { help: { text: 'prints this text', short: 'h' } };

/** The options of all commands that use the service. */
const CLIENT = {
  json: { text: 'prints JSON: one object, or one per line' },
  'base-url': { value: 'URL', field: 'baseUrl', text: 'the base URL of the service (default: JULES_BASE_URL, or the service itself)' },
  debug: { text: 'prints each request, and the stack of an error' },
  ...HELP,
};

const SOURCE = {
  repo: { value: 'OWNER/REPO', field: 'source.github', text: 'the repository to work on (default: none; the agent starts in an empty folder)' },
  branch: { value: 'NAME', field: 'source.baseBranch', text: 'the branch to start from; required with --repo' },
  'working-branch': { value: 'NAME', field: 'source.workingBranch', text: 'the branch to push to (default: a new one)' },
  'no-pr': { text: 'opens no pull request' },
};

const TASK = {
  ...SOURCE,
  title: { value: 'TEXT', field: 'title', text: 'the title (default: the service derives one from the prompt)' },
};

const TIMEOUT = { timeout: { value: 'TIME', kind: 'duration', field: 'timeoutMs', text: 'gives up after this time, such as 90s, 15m or 2h (default: never)' } };

const WAITING = {
  ...TIMEOUT,
  interval: { value: 'TIME', kind: 'duration', field: 'config.pollingIntervalMs', text: 'the longest time until a change is noticed (default 5s)' },
};

const STALL = { stall: { value: 'TIME', kind: 'duration', field: 'stallMs', text: 'ends the wait when the agent is silent for so long (default 15m, or 5m while it plans)' } };

const SELECTION = {
  state: { value: 'STATE', kind: 'list', choices: STATES, text: 'selects sessions in this state, or in one of several, separated by commas' },
  repo: { value: 'OWNER/REPO', text: 'selects sessions of this repository' },
  'older-than': { value: 'TIME', kind: 'duration', text: 'selects sessions that have not changed for this time, such as 30d' },
};

const ID = 'ID is the id of a session, its resource name (sessions/ID) or the URL of its page.';

export const COMMANDS = {
  run: {
    arguments: { name: 'PROMPT', least: 1, most: 1 },
    summary: 'creates a session, waits for its end and prints its result',
    description:
      'PROMPT is the task; "-" reads it from standard input. The plan needs no approval. Progress goes to standard error, the result ' +
      'to standard output. If the agent asks a question, the command ends with exit code 4 and prints the question: answer with ' +
      '"send", and continue with "wait".',
    options: { ...TASK, ...WAITING, ...STALL, ...CLIENT },
    exits: ['failed', 'undecided', 'unknown', 'timeout', 'interrupted'],
    examples: ['run --repo owner/repo --branch main "Fix the linting errors in src/utils.ts"', 'run --timeout 1h --json - < task.md'],
  },
  new: {
    arguments: { name: 'PROMPT', least: 1, most: 1 },
    summary: 'creates a session and prints its id',
    description: 'PROMPT is the task; "-" reads it from standard input. The plan waits for "approve", unless --no-approval is given.',
    options: { ...TASK, 'no-approval': { text: 'starts work without approval of the plan' }, ...TIMEOUT, ...CLIENT },
    exits: ['unknown', 'timeout', 'interrupted'],
    examples: ['new --repo owner/repo --branch main --title Auth "Refactor the authentication module"'],
  },
  list: {
    arguments: { name: 'none', least: 0, most: 0 },
    summary: 'lists sessions, newest first',
    description:
      'A table in a terminal, otherwise one line per session: id, state, time of creation, repository and title, separated by tabs. ' +
      'Pages are requested as they are printed.',
    options: {
      limit: { value: 'N', kind: 'count', field: 'limit', text: 'the largest number of sessions (default 30)' },
      all: { text: 'lists all sessions' },
      state: { value: 'STATE', kind: 'list', choices: STATES, text: 'only sessions in this state, or in one of several, separated by commas' },
      archived: { text: 'lists only archived sessions (default: only others)' },
      'page-token': { value: 'TOKEN', field: 'pageToken', text: 'continues a list; an interrupted or limited list prints its token' },
      ...CLIENT,
    },
    exits: ['interrupted', 'closed'],
    examples: ['list --all --json', 'list --state awaitingPlanApproval,awaitingUserFeedback'],
  },
  show: {
    arguments: { name: 'ID', least: 1, most: 1 },
    summary: 'prints a session',
    description: ID,
    options: { activities: { text: 'prints its activities too, without patches and images' }, ...CLIENT },
    exits: ['interrupted'],
    examples: ['show 14550388554331055113 --activities'],
  },
  wait: {
    arguments: { name: 'ID', least: 1, most: 1 },
    summary: 'waits until a session needs its user or has ended',
    description:
      'Ends when a plan must be approved, the agent waits for a reply, or the session is paused, silent or at its end. With --state it ' +
      `also ends in one of these states, and only these are exit code 0. Progress goes to standard error. ${ID}`,
    options: {
      state: { value: 'STATE', kind: 'list', choices: STATES, field: 'until', text: 'the state to wait for, or several, separated by commas' },
      ...WAITING,
      ...STALL,
      ...CLIENT,
    },
    exits: ['failed', 'undecided', 'timeout', 'interrupted'],
    examples: ['wait 14550388554331055113 --state awaitingPlanApproval --timeout 15m'],
  },
  watch: {
    arguments: { name: 'ID', least: 0, most: Infinity },
    summary: 'follows sessions until all have ended',
    description:
      'Prints the activities of a single session, and each change of the state of several, in a terminal as a table. Without an ID: all ' +
      `sessions of the account that have not ended, and those that are created meanwhile. With --json: one event per line. ${ID}`,
    options: { ...WAITING, ...CLIENT },
    exits: ['failed', 'timeout', 'interrupted', 'closed'],
    examples: ['watch', 'watch 14550388554331055113 --json'],
  },
  approve: {
    arguments: { name: 'ID', least: 1, most: 1 },
    summary: 'approves the plan of a session',
    description: `The service accepts this without any effect if no plan waits for approval. ${ID}`,
    options: { ...TIMEOUT, ...CLIENT },
    exits: ['timeout', 'interrupted'],
    examples: ['approve 14550388554331055113'],
  },
  send: {
    arguments: { name: 'ID MESSAGE', least: 2, most: 2 },
    summary: 'sends a message to the agent of a session',
    description: `MESSAGE "-" reads it from standard input. ${ID}`,
    options: { ...TIMEOUT, ...CLIENT },
    exits: ['unknown', 'timeout', 'interrupted'],
    examples: ['send 14550388554331055113 "Make sure to add unit tests."'],
  },
  ask: {
    arguments: { name: 'ID MESSAGE', least: 2, most: 2 },
    summary: 'sends a message and prints the reply of the agent',
    description: `MESSAGE "-" reads it from standard input. ${ID}`,
    options: { ...WAITING, ...CLIENT },
    exits: ['undecided', 'unknown', 'timeout', 'interrupted'],
    examples: ['ask 14550388554331055113 "What testing framework are you using?"'],
  },
  pull: {
    arguments: { name: 'ID', least: 1, most: 1 },
    summary: 'applies the changes of a session to a folder',
    description:
      'Applies the patch with git, as far as the session has come: to the working tree that the current folder is in, otherwise to the ' +
      'current folder. git checks the whole patch first; if it does not apply, or a path leads out of the folder, nothing is changed. ' +
      `Nothing is committed. ${ID}`,
    options: {
      dir: { value: 'FOLDER', kind: 'file', text: 'the folder to apply the changes to' },
      patch: { value: 'FILE', kind: 'file', text: 'writes the patch to a file instead, or to standard output ("-")' },
      files: { text: 'writes the files without git; for sessions without binary files' },
      'dry-run': { text: 'checks the changes and lists the files, and changes nothing' },
      ...CLIENT,
    },
    exits: ['interrupted'],
    examples: ['pull 14550388554331055113 --dry-run', 'pull 14550388554331055113 --patch - | git apply --3way'],
  },
  batch: {
    arguments: { name: 'FILE', least: 1, most: 1 },
    summary: 'creates a session for each task in a file, and prints the tasks as they end',
    description:
      'A line of FILE is a prompt, or JSON: {"prompt": ..., "title": ..., "source": {"github": ..., "baseBranch": ...}, "key": ...}. "-" reads ' +
      'standard input. A task is known by its key, by default its title or its prompt. The journal records what was created: after an ' +
      'interruption or a crash, run the same command again, and it creates only what is missing. A line of the output has the status, the ' +
      'id, the key and the pull request or the reason, separated by tabs.',
    options: {
      ...SOURCE,
      journal: { value: 'FILE', kind: 'file', field: 'journal', text: 'the journal (default: FILE.journal, beside the tasks)' },
      plan: { value: 'NAME', choices: ['free', 'pro', 'ultra'], text: 'keeps the quota of this plan: sessions in 24 hours and at a time (default: no quota)' },
      'max-running': { value: 'N', kind: 'count', least: 1, field: 'maxRunning', text: 'the largest number of its sessions that run at a time (default: no limit)' },
      concurrency: { value: 'N', kind: 'count', least: 1, field: 'concurrency', text: 'the largest number of creates in flight (default 4)' },
      ...WAITING,
      ...CLIENT,
    },
    exits: ['failed', 'unknown', 'timeout', 'interrupted', 'closed'],
    examples: ['batch tasks.txt --repo owner/repo --branch main --plan pro'],
  },
  archive: {
    arguments: { name: 'ID', least: 0, most: Infinity },
    summary: 'archives sessions',
    description: `Those named, or all that the options select. An archived session is not listed, and a running one pauses. ${ID}`,
    options: { ...SELECTION, 'dry-run': { text: 'lists the selected sessions and archives nothing' }, ...CLIENT },
    exits: ['interrupted'],
    examples: ['archive 14550388554331055113', 'archive --state completed --older-than 30d --dry-run'],
  },
  delete: {
    arguments: { name: 'ID', least: 0, most: Infinity },
    summary: 'deletes sessions',
    description: `Those named, or all that the options select; these are only listed, unless --yes is given. Deleted sessions cannot be restored. ${ID}`,
    options: {
      ...SELECTION,
      archived: { text: 'selects archived sessions (default: others)' },
      yes: { text: 'deletes the selected sessions' },
      ...CLIENT,
    },
    exits: ['interrupted'],
    examples: ['delete 14550388554331055113', 'delete --archived --state failed --older-than 90d --yes'],
  },
  doctor: {
    arguments: { name: 'none', least: 0, most: 0 },
    summary: 'checks the API key, the clock, the repositories and the quota',
    description:
      'Sends only requests that change nothing and cost nothing. Exit code 1 if a check fails. With --probe it also asks the service ' +
      'what its documentation leaves open, such as its CORS headers and the grammar of filters, and writes the answers to a file: status ' +
      'codes, header names and counts, but no key, id, prompt, message or name.',
    options: {
      probe: { text: 'answers open questions about the service, and writes a report' },
      report: { value: 'FILE', kind: 'file', text: 'the file of the report (default jules-probe.json)' },
      ...CLIENT,
    },
    exits: ['interrupted'],
    examples: ['doctor', 'doctor --probe --report report.json'],
  },
  completion: {
    arguments: { name: 'SHELL', least: 1, most: 1, choices: ['bash', 'zsh', 'fish'] },
    local: true,
    summary: 'prints the completion script of a shell',
    description:
      'SHELL is bash, zsh or fish. For bash add to ~/.bashrc: source <(jules-wasm completion bash). For zsh write the script to a file ' +
      '_jules-wasm in a folder of $fpath. For fish write it to ~/.config/fish/completions/jules-wasm.fish.',
    options: { ...HELP },
    exits: [],
    examples: ['completion bash'],
  },
  emulator: {
    arguments: { name: 'none', least: 0, most: 0 },
    local: true,
    summary: 'serves an emulator of the service over HTTP, for clients in any language',
    description:
      'The first line of the output is the base URL, the second one the API key. Set JULES_BASE_URL and JULES_API_KEY to both, and all ' +
      'other commands use the emulator.',
    options: { ...EMULATOR, ...HELP },
    exits: [],
    examples: ['emulator --port 8787 --clock virtual --daily-quota 15'],
  },
};
