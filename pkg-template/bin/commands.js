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

const TASK = {
  repo: { value: 'OWNER/REPO', field: 'source.github', text: 'the repository to work on (default: none; the agent starts in an empty folder)' },
  branch: { value: 'NAME', field: 'source.baseBranch', text: 'the branch to start from; required with --repo' },
  'working-branch': { value: 'NAME', field: 'source.workingBranch', text: 'the branch to push to (default: a new one)' },
  title: { value: 'TEXT', field: 'title', text: 'the title (default: the service derives one from the prompt)' },
  'no-pr': { text: 'opens no pull request' },
};

const TIMEOUT = { timeout: { value: 'TIME', kind: 'duration', field: 'timeoutMs', text: 'gives up after this time, such as 90s, 15m or 2h (default: never)' } };

const WAITING = {
  ...TIMEOUT,
  interval: { value: 'TIME', kind: 'duration', field: 'config.pollingIntervalMs', text: 'the longest time until a change is noticed (default 5s)' },
};

const STALL = { stall: { value: 'TIME', kind: 'duration', field: 'stallMs', text: 'ends the wait when the agent is silent for so long (default 15m, or 5m while it plans)' } };

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
    exits: ['interrupted'],
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
