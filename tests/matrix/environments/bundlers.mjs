/** Bundlers: pages in Chromium, and programs for Node. */
import { command, handler, page, servedPage } from '../lib/runners.mjs';

const html = (script) => `<!doctype html><link rel="icon" href="data:,"><script ${script}></script>`;
const MODULE = html('type="module" src="/main.js"');
const CLASSIC = html('defer src="/main.js"');
const INLINE = 'jules-wasm/inline';

/** A page that a bundler builds into dist/. */
const built = (name, project, commands, more = {}) => {
  const { html: start = MODULE, ...rest } = more;
  return { name, project, version: project, run: page(commands, { folder: 'dist', html: start }), ...rest };
};

const ESBUILD = ['esbuild', '--bundle', '--minify', '--log-level=warning'];
const esbuild = [
  built('esbuild, esm', 'esbuild', [[...ESBUILD, '--format=esm', '--splitting', '--outdir=dist', 'main=page.mjs']]),
  built('esbuild, iife', 'esbuild', [[...ESBUILD, '--format=iife', '--outdir=dist', 'main=page.mjs']], { html: CLASSIC }),
  {
    name: 'esbuild, cjs for Node', project: 'esbuild', version: 'esbuild', doors: ['overHttp', 'inProcess'],
    run: command([
      ['esbuild', '--bundle', '--log-level=warning', '--platform=node', '--format=cjs', '--outfile=program/main.cjs', 'command.mjs'],
      ['node', 'program/main.cjs'],
    ], { shipped: 'program' }),
  },
];

const ROLLUP = ['--plugin', 'node-resolve', '--failAfterWarnings', '--input'];
const ROLLDOWN = ['--minify', '--input'];
const rollups = [
  built('Rollup, page', 'rollup', [['rollup', ...ROLLUP, 'page.mjs', '--dir', 'dist', '--entryFileNames', 'main.js']], { configuration: '`node-resolve`' }),
  built('Rollup, single file', 'rollup', [['rollup', ...ROLLUP, 'page.mjs', '--file', 'dist/main.js', '--format', 'iife']],
    { configuration: '`node-resolve`, `jules-wasm/inline`', entry: INLINE, html: CLASSIC }),
  built('Rolldown, page', 'rolldown', [['rolldown', ...ROLLDOWN, 'page.mjs', '--dir', 'dist', '--entry-file-names', 'main.js']]),
  built('Rolldown, single file', 'rolldown', [['rolldown', ...ROLLDOWN, 'page.mjs', '--file', 'dist/main.js', '--format', 'iife']],
    { entry: INLINE, html: CLASSIC }),
];

/** What webpack prints of each module. */
const LISTED = [/\[code generated\]/, /modules by path/];

const packs = [['webpack', 'webpack'], ['Rspack', 'rspack']].flatMap(([name, project]) => {
  const args = ['--mode', 'production', '--entry', './page.mjs', '--output-path', 'dist'];
  const worker = args.with(3, './worker-page.mjs');
  const version = project === 'rspack' ? '@rspack/core' : 'webpack';
  return [
    built(`${name}, page`, project, [[project, ...args]], { html: CLASSIC, version, allowed: LISTED }),
    built(`${name}, module Worker`, project, [[project, ...worker]], { html: CLASSIC, version, allowed: LISTED }),
  ];
});

const parcel = [
  built('Parcel, page', 'parcel', [['parcel', 'build', 'index.html', '--dist-dir', 'dist', '--no-cache']]),
  built('Parcel, module Worker', 'parcel', [['parcel', 'build', 'worker.html', '--dist-dir', 'dist', '--no-cache']]),
];

const vites = [['Vite 8', 'vite8'], ['Vite 7', 'vite7']].flatMap(([name, project]) => {
  const common = { project, version: 'vite', short: project === 'vite8' };
  const ssr = ['vite', 'build', '--ssr', 'command.mjs', '--outDir', 'dist'];
  return [
    { ...common, name: `${name}, dev`, run: servedPage([], ['vite', '--port', '0', '--host', '127.0.0.1'], { direct: true }) },
    { ...common, name: `${name}, build`, run: page([['vite', 'build']], { folder: 'dist' }) },
    {
      ...common, name: `${name}, module Worker`, entry: project === 'vite7' ? INLINE : undefined, short: false,
      run: page([['vite', 'build', 'worker']], { folder: 'worker/dist' }),
    },
    { ...common, name: `${name}, SSR`, doors: ['overHttp', 'inProcess'], run: command([ssr, ['node', 'dist/command.mjs']]) },
    {
      ...common, name: `${name}, SSR with everything bundled`, short: false, doors: ['overHttp', 'inProcess'], configuration: '`ssr.noExternal`',
      run: command([[...ssr, '--config', 'bundled.config.mjs'], ['node', 'dist/command.mjs']]),
    },
  ];
});

const cloudflare = [
  {
    name: 'Cloudflare Vite plugin, build', project: 'cloudflare-vite', version: '@cloudflare/vite-plugin', configuration: 'the plugin',
    run: handler([['vite', 'build']], ['vite', 'preview', '--port', '0', '--host', '127.0.0.1'], { shipped: 'dist' }),
  },
  {
    name: 'Cloudflare Vite plugin, dev', project: 'cloudflare-vite', version: '@cloudflare/vite-plugin', configuration: 'the plugin',
    run: handler([], ['vite', '--port', '0', '--host', '127.0.0.1']),
  },
];

export const bundlers = [...vites, ...cloudflare, ...packs, ...rollups, ...esbuild, ...parcel];
