/** The same measurement in this Node, in others and in Chromium, as a table of times for each. */
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { ensureChromium } from '../../scripts/lib/browsers.mjs';
import { execute, inRoot } from '../../scripts/lib/run.mjs';
import { runKernel } from './child.mjs';
import { compare } from './stats.mjs';
import { as, atLeast, row } from './table.mjs';

/** The versions of Node that are measured besides this one. */
const NODES = [24, 22, 26];

export const major = (version) => Number(version.replace(/^v/, '').split('.')[0]);

/**
 * Runs the kernel `name` here, and its core `name-core` in the other runtimes, if they are available.
 *
 * @param {{ begins: string, atLeast: number, where?: string }[]} goals the goals for the ratios of rows, by the beginnings of
 *   their names and of those of their runtimes
 * @returns {Promise<{ tables: { caption: string, rows: object[] }[], notes: string[] }>}
 */
export async function inEachRuntime(name, input, goals, { quick, log, versions }) {
  const tables = [];
  const notes = [];
  const add = async (runtime, work) => {
    log(runtime);
    const rows = (await work()).map(({ what, ...times }) => {
      const compared = compare(times);
      const goal = goals.find(({ begins, where = '' }) => what.startsWith(begins) && runtime.startsWith(where));
      return row(what, compared, as.micros, goal && atLeast(goal.atLeast, compared));
    });
    tables.push({ caption: runtime, rows });
  };
  await add(`Node ${major(process.version)}`, () => runKernel(name, input));
  if (quick) {
    notes.push('Quick mode leaves out the other versions of Node, and Chromium.');
    return { tables, notes };
  }
  for (const { path, version } of await otherNodes(versions, notes)) {
    await add(`Node ${major(version)}`, () => runKernel(name, input, { node: path }));
  }
  try {
    const { chrome } = await ensureChromium();
    await add('Chromium', () => inChromium(chrome, name, input, versions));
  } catch (error) {
    if (!error.advice) throw error;
    notes.push(`Chromium is not available (${error.message}); its rows are missing.`);
  }
  return { tables, notes };
}

/**
 * The other versions of Node: npm's packages of their binaries, which are kept in target/. BENCH_NODE is the path of one to use instead.
 *
 * @returns {Promise<{ path: string, version: string }[]>}
 */
export async function otherNodes(versions, notes) {
  const found = [];
  for (const path of process.env.BENCH_NODE ? [process.env.BENCH_NODE] : await Promise.all(NODES.filter((wanted) => wanted !== major(process.version)).map(installedNode))) {
    const { code, stdout } = await execute(path, ['--version']);
    if (code === 0) {
      const version = stdout.trim().replace(/^v/, '');
      versions[`Node ${major(version)}`] = version;
      found.push({ path, version });
    } else {
      notes.push(`${path.replace(inRoot(), '')} does not run here (BENCH_NODE may name another Node); its rows are missing.`);
    }
  }
  return found;
}

async function installedNode(wanted) {
  const folder = inRoot('target', 'bench', `node${wanted}`);
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const path = `${folder}/node_modules/${name}/bin/node`;
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    await execute('npm', ['install', '--prefix', folder, '--no-save', '--no-package-lock', `${name}@${wanted}`]);
  }
  return path;
}

/**
 * Stubs of the modules of Node that the official SDK uses when it is loaded and lists: it supports only Node, and with them its
 * own code runs in a page. No measured call uses a stub.
 */
const STUBS = `
const never = () => { throw new Error('not in a page'); };
export const join = (...parts) => parts.join('/'), resolve = join, dirname = (path) => path, homedir = () => '/';
export const existsSync = () => false, accessSync = never, constants = {};
export const createReadStream = never, createWriteStream = never, createInterface = never;
export const writeFile = never, readFile = never, rm = never, mkdir = never, readdir = never, appendFile = never;
export const Buffer = {}, setTimeout = (ms) => new Promise((done) => globalThis.setTimeout(done, ms));
export const randomUUID = never, createHmac = never, timingSafeEqual = never;
export default {};
`;

const forPage = {
  name: 'node-built-ins-for-a-page',
  setup(build) {
    build.onResolve({ filter: /^(node:)?(path|os|fs|fs\/promises|readline|buffer|timers\/promises|crypto)$/ }, ({ importer }) =>
      importer.includes('@google') ? { path: 'built-ins', namespace: 'stub' } : { external: true });
    // This package imports node:fs to save a file, which is not done here.
    build.onResolve({ filter: /^node:/ }, () => ({ external: true }));
    build.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: STUBS, loader: 'js' }));
  },
};

async function inChromium(executablePath, name, input, versions) {
  const { build } = await import('esbuild');
  const core = fileURLToPath(new URL(`../kernels/${name}-core.mjs`, import.meta.url));
  const bundle = await build({
    stdin: { contents: `import { measure } from ${JSON.stringify(core)}; globalThis.measure = measure;`, resolveDir: inRoot('benches') },
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'chrome120',
    banner: { js: 'globalThis.process = { env: {}, cwd: () => "/" }; globalThis.global = globalThis;' },
    write: false,
    logLevel: 'error',
    plugins: [forPage],
  });
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    versions.Chromium = browser.version();
    const page = await browser.newPage();
    await page.addScriptTag({ content: bundle.outputFiles[0].text });
    return await page.evaluate((options) => globalThis.measure(options), input);
  } finally {
    await browser.close();
  }
}
