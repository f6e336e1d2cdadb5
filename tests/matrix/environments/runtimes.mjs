/** Runtimes with a command line, and workerd. */
import { command, handler } from '../lib/runners.mjs';

const BOTH = ['overHttp', 'inProcess'];

/** Versions of Node, by the names that projects/node/package.json gives their packages. */
const NODES = { 'Node 20.16': 'oldest', 'Node 20.19': 'node20', 'Node 22': 'node22', 'Node 24': 'node24', 'Node 26': 'node26' };

/** Before 24 permissions do not cover the network. */
const PERMISSIONS = {
  node20: ['--experimental-permission', '--allow-fs-read=*'],
  node22: ['--permission', '--allow-fs-read=*'],
  node24: ['--permission', '--allow-fs-read=*'],
  node26: ['--permission', '--allow-fs-read=*', '--allow-net'],
};

/** How Node is started: the name, the arguments, and what is configured. The oldest version requires CommonJS, the others ES modules. */
const modes = (version) => [
  ['import', ['command.mjs']],
  ['require', ['command.cjs']],
  ['worker_threads', ['worker-thread.mjs']],
  ['two copies', ['copies.mjs']],
  ['`--disallow-code-generation-from-strings`', ['--disallow-code-generation-from-strings', 'command.mjs']],
  ...(PERMISSIONS[version] ? [['`--permission`', [...PERMISSIONS[version], 'command.mjs'], `\`${PERMISSIONS[version].slice(1).join(' ')}\``]] : []),
];

const nodes = Object.entries(NODES).flatMap(([node, version]) =>
  modes(version).map(([mode, args, configuration = 'none']) => ({
    name: `${node}, ${mode}`,
    project: 'node',
    version,
    doors: BOTH,
    configuration,
    allowed: [/ExperimentalWarning: (Permission|The flag --allow-net)/, /--trace-warnings/],
    short: ['node20', 'node26'].includes(version) && ['import', 'require'].includes(mode),
    run: command([[`node_modules/${version}/bin/node`, ...args]]),
  })));

/** What runtimes with files run for the journals. */
const JOURNALS = 'journals-command.mjs';
const WITH_FILES = ['memory', 'keyValue', 'file'];

const fileJournals = Object.entries(NODES).map(([node, version]) => ({
  name: `${node}, journals`, project: 'node', version, journals: WITH_FILES, short: version === 'node20',
  run: command([[`node_modules/${version}/bin/node`, JOURNALS]]),
}));

const DENO = ['deno', 'run', '--no-prompt', '--allow-net=127.0.0.1'];
const DENO_FILES = ['--allow-read', '--allow-write', '--allow-sys=hostname'];

const others = [
  { name: 'Deno', project: 'runtimes', version: 'deno', doors: BOTH, configuration: '`--allow-net`', short: true, run: command([[...DENO, 'command.mjs']]) },
  {
    name: 'Deno, journals', project: 'runtimes', version: 'deno', journals: WITH_FILES, configuration: `\`--allow-net ${DENO_FILES.join(' ')}\``,
    run: command([[...DENO, ...DENO_FILES, JOURNALS]]),
  },
  { name: 'Bun, run', project: 'runtimes', version: 'bun', doors: BOTH, short: true, run: command([['bun', 'command.mjs']]) },
  { name: 'Bun, journals', project: 'runtimes', version: 'bun', journals: WITH_FILES, run: command([['bun', JOURNALS]]) },
  {
    name: 'Bun, `build --compile`', project: 'runtimes', version: 'bun', doors: BOTH,
    run: command([['bun', 'build', '--compile', 'command.mjs', '--outfile', 'program'], ['./program']]),
  },
  { name: 'tsx', project: 'tsx', version: 'tsx', doors: BOTH, run: command([['tsx', 'command.ts']]) },
];

/** Requests have no cache mode in older workers, and with `nodejs_compat` Node's modules are there. */
const WORKERS = [
  ['workerd, client', 'handler.mjs', '2026-01-01', []],
  ['workerd, emulator in process', 'emulator-handler.mjs', '2024-09-23', []],
  ['workerd, `nodejs_compat`', 'emulator-handler.mjs', '2026-01-01', ['--compatibility-flags', 'nodejs_compat']],
];

const workers = WORKERS.map(([name, file, date, flags], index) => ({
  name, project: 'workerd', version: 'workerd', short: index === 0, doors: index === 0 ? ['overHttp'] : BOTH,
  configuration: `compatibility date ${date}`,
  run: handler(
    index === 0 ? [['wrangler', 'deploy', file, '--dry-run', '--outdir', 'dist', '--name', 'worker', '--compatibility-date', date]] : [],
    ['wrangler', 'dev', file, '--compatibility-date', date, ...flags, '--port', '0', '--show-interactive-dev-session=false'],
    index === 0 ? { shipped: 'dist' } : {},
  ),
}));

/** Workers KV is that of miniflare, which wrangler starts. */
const workerJournals = {
  name: 'workerd, journals', project: 'workerd', version: 'workerd', journals: ['memory', 'keyValue'], short: true,
  configuration: 'a namespace of Workers KV',
  run: handler([], ['wrangler', 'dev', '--config', 'journals.wrangler.json', '--port', '0', '--show-interactive-dev-session=false']),
};

export const runtimes = [...nodes, ...fileJournals, ...others, ...workers, workerJournals];
