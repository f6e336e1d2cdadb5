/** Throw-away projects outside of the repository, each with its tools and the packed package installed. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { listFiles } from '../../../scripts/lib/files.mjs';
import { installLocked } from '../../../scripts/lib/locked.mjs';
import { execute, inRoot, must } from '../../../scripts/lib/run.mjs';

const HERE = inRoot('tests', 'matrix');

/** Settings that keep tools from asking, sending statistics and looking for updates. */
const QUIET = {
  CI: '1', DO_NOT_TRACK: '1', NEXT_TELEMETRY_DISABLED: '1', WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true',
  DENO_NO_UPDATE_CHECK: '1', CLOUDFLARE_CF_FETCH_ENABLED: 'false', JULES_API_KEY: '',
};

/** The Node that runs the tools, of projects/node. Where its package has no binary for the machine, this Node does. */
const TOOLS_NODE = 'node24';

/** The longest time for one command. */
const COMMAND_MS = 240_000;

export class Project {
  #folder;
  /** The output of builds by their commands: environments of one tool may share a build. */
  #builds = new Map();

  /**
   * @param {object} environment of environments.mjs
   * @param {{ tarball: string, baseUrl: string, reportUrl: string }} run the packed package, the emulator and where pages report
   */
  static async create({ project, entry = 'jules-wasm' }, run) {
    await toolsOf('node');
    const modules = await toolsOf(project);
    const folder = realpathSync(mkdtempSync(join(tmpdir(), `matrix-${project}-`)));
    const made = new Project(folder);
    if (existsSync(modules) && (await execute('cp', ['-al', modules, folder])).code !== 0) {
      cpSync(modules, made.path('node_modules'), { recursive: true, verbatimSymlinks: true });
    }
    // The package has no dependencies, so npm does not do more than this to install it.
    mkdirSync(made.path('node_modules', 'jules-wasm'), { recursive: true });
    await must('tar', ['-xzf', run.tarball, '--strip-components=1', '-C', made.path('node_modules', 'jules-wasm')]);
    made.#addSources(project, entry, run);
    return made;
  }

  constructor(folder) {
    this.#folder = folder;
  }

  #addSources(project, entry, { baseUrl, reportUrl }) {
    cpSync(join(HERE, 'programs'), this.#folder, { recursive: true });
    // Versions of a tool share the files of its folder: those of vite7 and vite8 are in vite.
    for (const folder of [project.replace(/\d+$/, ''), project].map((name) => join(HERE, 'projects', name))) {
      if (existsSync(folder)) cpSync(folder, this.#folder, { recursive: true });
    }
    cpSync(inRoot('tests', 'package', 'support', 'store-contract.js'), this.path('store-contract.mjs'));
    for (const file of ['program.mjs', 'journals.mjs'].filter(() => entry !== 'jules-wasm')) {
      const program = readFileSync(this.path(file), 'utf8');
      // Pages name files, also of the stores.
      const stores = entry.startsWith('/') ? entry.replace(/\w+\.js$/, 'stores.js') : 'jules-wasm/stores';
      writeFileSync(this.path(file), program.replace("'jules-wasm'", `'${entry}'`).replace("'jules-wasm/stores'", `'${stores}'`));
    }
    const names = { conformance: readFileSync(join(HERE, 'conformance.js'), 'utf8'), service: `const baseUrl = '${baseUrl}', reportUrl = '${reportUrl}';\n` };
    const exported = { conformance: '{ conformance }', service: '{ baseUrl, reportUrl }' };
    for (const [name, source] of Object.entries(names)) {
      writeFileSync(this.path(`${name}.mjs`), `${source}\nexport ${exported[name]};\n`);
      writeFileSync(this.path(`${name}.cjs`), `${source}\nmodule.exports = ${exported[name]};\n`);
    }
  }

  path(...parts) {
    return join(this.#folder, ...parts);
  }

  /** The environment of a command: the tools of the project are found first, then a Node that all of them support. */
  get env() {
    const path = [this.path('node_modules', '.bin'), inRoot('target', 'matrix', 'node', 'node_modules', TOOLS_NODE, 'bin'), process.env.PATH];
    return { PATH: path.join(':'), ...QUIET };
  }

  /** Runs a command in the project. */
  execute([command, ...args]) {
    return execute(command, args, { cwd: this.#folder, env: this.env, timeout: COMMAND_MS });
  }

  /** Runs commands in turn, once, and returns what they print. */
  build(commands) {
    const key = JSON.stringify(commands);
    const earlier = this.#builds.get(key);
    if (earlier) return earlier.catch(() => Promise.reject(new Error('the build has failed, see above')));
    const build = this.#inTurn(commands);
    this.#builds.set(key, build);
    return build;
  }

  async #inTurn(commands) {
    let all = '';
    for (const each of commands) {
      const { code, output } = await this.execute(each);
      all += output;
      if (code !== 0) throw new Error(`\`${each.join(' ')}\` failed (exit code ${code}):\n${output}`);
    }
    return all;
  }

  /** The version of an installed package. */
  version(name) {
    const manifest = this.path('node_modules', name, 'package.json');
    return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version.replace(/^v/, '') : undefined;
  }

  /** The files below a folder, with their content. */
  files(folder) {
    return new Map(listFiles(this.path(folder)).map((name) => [name, readFileSync(this.path(folder, name))]));
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Installs the tools of a project, if need be, and resolves with their `node_modules`. */
export const toolsOf = (project) => installLocked(join(HERE, 'projects', project), join('matrix', project), `the tools of ${project}`);
