/**
 * Builds the package into pkg/, and prints its sizes unless it is called with `--quiet`.
 *
 * The parts: the crate as wasm, once with the client and once with the emulator (lib/wasm.mjs); the façade of pkg-template/,
 * bundled into few files, as ES modules and as CommonJS, since Node takes longer to find a file than to read it; and the types.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { digestOf, listFiles } from './lib/files.mjs';
import { repositoryOf } from './lib/repository.mjs';
import { inRoot, main, must, root, step, StepError } from './lib/run.mjs';
import { checkSizes, sizeReport } from './lib/sizes.mjs';
import { buildWasm, prepareCargo, workDir } from './lib/wasm.mjs';
import { setUpForBuild } from './setup.mjs';

const pkg = inRoot('pkg');
const stage = join(workDir, 'stage');
const fresh = join(workDir, 'pkg');
const stamp = join(workDir, 'stamp.json');

/** The wasm files: the feature that each is built with, by the name that it is published under. */
const WASM = { jules: 'client', emulator: 'emulator' };

/** The published modules, by their files in the template. None contains another; they import each other. */
const MODULES = {
  'diff.js': 'diff',
  'lib/errors.js': 'errors',
  'lib/load.js': 'load',
  'lib/jules.js': 'jules',
  'lib/results.js': 'results',
  'generated/jules-glue.js': 'jules-glue',
  'jules-chunk.js': 'jules-chunk',
  'index.js': 'index',
  'inline.js': 'inline',
  'slim.js': 'slim',
  'types.js': 'types',
  'generated/emulator-glue.js': 'emulator-glue',
  'lib/emulator.js': 'emulator-core',
  'emulator.js': 'emulator',
  'stores.js': 'stores',
};
/** The entries of runtimes that have only ES modules. */
const ESM_ONLY = {
  'workerd.js': 'workerd',
  'edge-light.js': 'edge-light',
  'emulator-workerd.js': 'emulator-workerd',
  'emulator-edge-light.js': 'emulator-edge-light',
};
/** The wasm as text. For CommonJS the template has files of these names, which read the wasm file: bundlers take the ES modules. */
const TEXTS = { 'generated/jules-text.js': 'jules-text', 'generated/emulator-text.js': 'emulator-text' };
const PUBLISHED = { ...MODULES, ...ESM_ONLY, ...TEXTS };
/** The modules that the chunk imports. It contains all others: a bundler would move modules that it shares with the entry to the entry. */
const CHUNK_IMPORTS = ['errors', 'jules-glue'];
const BUNDLING = {
  bundle: true,
  platform: 'neutral',
  external: ['*.wasm', '*.wasm?module'],
  target: 'es2022',
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'error',
};
/** Old Node and Jest have no `import()` in CommonJS: there it becomes a `require` at the same place. */
const FORMATS = [
  { modules: PUBLISHED, ending: '.js', options: { format: 'esm' } },
  { modules: MODULES, ending: '.cjs', options: { format: 'cjs', supported: { 'dynamic-import': false } } },
];
const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'LICENSE'];
/** The parts of the README about files that are not in the package. */
const OF_REPOSITORY = /<!-- repository -->\n.*?<!-- \/repository -->\n+/gs;

/** The inputs of the build. */
const INPUTS = ['Cargo.toml', 'Cargo.lock', 'package-lock.json', 'src', 'pkg-template', 'scripts', ...DOCUMENTS];

/** Builds pkg/ unless it is up to date, and prints its sizes. */
export async function build({ quiet = false } = {}) {
  const compiler = await must('rustc', ['-vV']);
  const inputs = digestOf(root, INPUTS, compiler, process.env.JULES_REPOSITORY ?? '');
  const last = existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')) : {};
  let { report } = last;
  if (last.inputs === inputs && last.output === digestOf(root, ['pkg'])) {
    if (!quiet) console.log('pkg/ is up to date.');
  } else {
    rmSync(stamp, { force: true });
    report = await buildPackage();
    writeFileSync(stamp, JSON.stringify({ inputs, output: digestOf(root, ['pkg']), report }));
  }
  linkForExamples();
  if (!quiet) console.log(report);
}

async function buildPackage() {
  const env = await prepareCargo();
  const names = Object.keys(WASM);
  const files = await step(`Building ${names.map((name) => `${name}.wasm`).join(' and ')}`, () =>
    Promise.all(names.map((name) => buildWasm(WASM[name], env))));
  const built = Object.fromEntries(names.map((name, index) => [name, files[index]]));
  return step('Putting pkg/ together', async () => {
    const { build: bundle } = await import('esbuild');
    await writeStage(built);
    rmSync(fresh, { recursive: true, force: true });
    for (const format of FORMATS) await bundleModules(bundle, format);
    copyFiles();
    const sizes = await sizeReport(fresh, bundle);
    checkSizes(sizes);
    rmSync(pkg, { recursive: true, force: true });
    renameSync(fresh, pkg);
    return sizes.report;
  });
}

/** The template with the generated files where its imports expect them. Zopfli's gzip is 5 % smaller than that of zlib. */
async function writeStage(built) {
  const { default: zopfli } = await import('@gfx/zopfli');
  rmSync(stage, { recursive: true, force: true });
  cpSync(inRoot('pkg-template'), stage, { recursive: true });
  mkdirSync(join(stage, 'generated'));
  for (const [name, { wasm, glue }] of Object.entries(built)) {
    cpSync(wasm, join(stage, `${name}.wasm`));
    cpSync(glue, join(stage, 'generated', `${name}-glue.js`));
    const packed = Buffer.from(await zopfli.gzipAsync(readFileSync(wasm), {}));
    writeFileSync(join(stage, 'generated', `${name}-text.js`), `export const wasm =\n  '${packed.toString('base64')}';\n`);
  }
}

/** The generated modules. */
const GENERATED = /-(?:glue|text)$/;

/** Whether a module gets a source map. CommonJS and the chunk contain the same sources again: their maps would add 400 kB. */
const hasMap = (name, ending) => ending === '.js' && name !== 'jules-chunk' && !GENERATED.test(name);

/** Names the sources in a map as they are in the template. */
function nameSources(map) {
  const { sources, ...rest } = JSON.parse(readFileSync(map, 'utf8'));
  writeFileSync(map, JSON.stringify({ ...rest, sources: sources.map((source) => source.replace('../stage/', '')) }));
}

async function bundleModules(bundle, { modules, ending, options }) {
  for (const [file, name] of Object.entries(modules)) {
    await bundle({
      ...BUNDLING,
      ...options,
      entryPoints: [join(stage, file)],
      outfile: join(fresh, `${name}${ending}`),
      absWorkingDir: stage,
      // Only generated code: the rest keeps its comments, some of which are directives for bundlers.
      minifyWhitespace: GENERATED.test(name),
      sourcemap: hasMap(name, ending),
      plugins: [importing(ending, name === 'jules-chunk' && ending === '.js' ? CHUNK_IMPORTS : Object.values(PUBLISHED))],
    });
    if (hasMap(name, ending)) nameSources(join(fresh, `${name}${ending}.map`));
  }
}

/** A plugin of esbuild: a module imports the modules of these names as they are published, and contains all others. */
function importing(ending, names) {
  return {
    name: 'published modules',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
        const name = kind === 'entry-point' ? undefined : PUBLISHED[relative(stage, join(resolveDir, path))];
        return names.includes(name) ? { path: `./${name}${ending}`, external: true } : undefined;
      }),
  };
}

/** Copies the files that are published as they are: the command line, the texts' CommonJS, wasm files and documents; and the types. */
function copyFiles() {
  const { exports, ...description } = packageJson();
  for (const file of listFiles(stage)) {
    if (/^bin\/|\.cjs$|\.wasm$/.test(file)) {
      mkdirSync(dirname(join(fresh, file)), { recursive: true });
      cpSync(join(stage, file), join(fresh, file));
    }
    if (file.endsWith('.d.ts')) writeTypes(file.replace(/\.d\.ts$/, ''), JSON.stringify(exports));
  }
  for (const file of DOCUMENTS.filter((name) => existsSync(inRoot(name)))) {
    writeFileSync(join(fresh, file), readFileSync(inRoot(file), 'utf8').replace(OF_REPOSITORY, ''));
  }
  writeFileSync(join(fresh, 'package.json'), `${JSON.stringify({ ...description, exports }, null, 2)}\n`);
}

/** Publishes types for CommonJS. The types of the ES modules are the same: those of an entry export them. */
function writeTypes(name, exports) {
  const types = readFileSync(join(stage, `${name}.d.ts`), 'utf8');
  writeFileSync(join(fresh, `${name}.d.cts`), types.replace(/(from '\.\/.*?)\.js'/g, "$1.cjs'"));
  if (!exports.includes(`"./${name}.d.ts"`)) return;
  // An ES module gets the whole CommonJS module as the default export of one.
  const hasDefault = /^export default /m.test(types);
  writeFileSync(join(fresh, `${name}.d.ts`), hasDefault ? types : `export * from './${name}.cjs';\n`);
}

/** The template's package.json with the crate's version. */
function packageJson() {
  const version = readFileSync(inRoot('Cargo.toml'), 'utf8').match(/^version = "(.*)"$/m)?.[1];
  if (!version) throw new StepError('Cargo.toml has no version', { advice: 'Add `version = "…"` under [package].' });
  const { name, ...rest } = JSON.parse(readFileSync(join(stage, 'package.json'), 'utf8'));
  return { name, version, ...repositoryOf(process.env.JULES_REPOSITORY), ...rest };
}

/** The examples import the package by its name, as its users do. */
function linkForExamples() {
  const link = inRoot('node_modules', 'jules-wasm');
  rmSync(link, { recursive: true, force: true });
  symlinkSync(pkg, link, 'junction');
}

await main(import.meta, async (args) => {
  await setUpForBuild();
  await build({ quiet: args.includes('--quiet') });
});
