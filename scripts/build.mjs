/**
 * Builds the package into pkg/.
 *
 * The parts: the crate as wasm, once with the client and once with the emulator (lib/wasm.mjs); the façade of
 * pkg-template/, bundled with the glue into jules.js and emulator-core.js; and the entries, which differ only in
 * where they take the wasm from, so they stay files of their own.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

import { digestOf, listFiles } from './lib/files.mjs';
import { inRoot, main, must, root, step, StepError } from './lib/run.mjs';
import { checkBrowserBundle, sizeReport } from './lib/sizes.mjs';
import { buildWasm, prepareCargo, workDir } from './lib/wasm.mjs';
import { setUpForBuild } from './setup.mjs';

const pkg = inRoot('pkg');
const stage = join(workDir, 'stage');
const fresh = join(workDir, 'pkg');
const stamp = join(workDir, 'stamp.json');

const FEATURES = ['client', 'emulator'];
const RAW_FILES = { client: 'jules.wasm', emulator: 'emulator.wasm' };
const BUNDLES = { 'lib/jules.js': 'jules.js', 'emulator-core.js': 'emulator-core.js' };
const BUNDLING = {
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  external: ['node:*'],
  target: 'es2022',
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'error',
};
/** Entries in one file each: what Node loads file by file took longer to find than to read. Then what they alone import. */
const WHOLE = ['index.js', 'node.js', 'emulator-node.js'];
const JOINED = ['generated/client-wasm.js', 'generated/client-brotli.js', 'generated/emulator-brotli.js', 'node-compile.js'];
const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'LICENSE'];

/** Everything that the package is made of. */
const INPUTS = ['Cargo.toml', 'Cargo.lock', 'package-lock.json', 'src', 'pkg-template', 'scripts', ...DOCUMENTS];

/** Builds pkg/ unless it is what would come out. Says how big it is. */
export async function build({ quiet = false } = {}) {
  const compiler = await must('rustc', ['-vV']);
  const inputs = digestOf(root, INPUTS, compiler);
  const last = existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')) : {};
  let { report } = last;
  if (last.inputs === inputs && last.output === digestOf(root, ['pkg'])) {
    if (!quiet) console.log('pkg/ is up to date.');
  } else {
    rmSync(stamp, { force: true });
    report = await buildAnew();
    writeFileSync(stamp, JSON.stringify({ inputs, output: digestOf(root, ['pkg']), report }));
  }
  linkForExamples();
  if (!quiet) console.log(report);
}

async function buildAnew() {
  const built = {};
  const env = await prepareCargo();
  for (const feature of FEATURES) {
    built[feature] = await step(`Building ${RAW_FILES[feature]}`, () => buildWasm(feature, env));
  }
  return step('Putting pkg/ together', async () => {
    const { build: bundle } = await import('esbuild');
    await layStage(built);
    await layPackage(bundle);
    const page = await bundleForPage(bundle);
    const parts = Object.fromEntries(FEATURES.map((feature) => [`${feature} glue`, readFileSync(built[feature].glue)]));
    const report = sizeReport(fresh, parts, page);
    checkBrowserBundle(page, report);
    rmSync(pkg, { recursive: true, force: true });
    renameSync(fresh, pkg);
    return report;
  });
}

/** The template with the generated files where its imports expect them. */
async function layStage(built) {
  rmSync(stage, { recursive: true, force: true });
  cpSync(inRoot('pkg-template'), stage, { recursive: true });
  mkdirSync(join(stage, 'generated'));
  const layString = (file, bytes) =>
    writeFileSync(join(stage, 'generated', file), `export const base64 =\n  '${bytes.toString('base64')}';\n`);
  for (const feature of FEATURES) {
    const wasm = readFileSync(built[feature].wasm);
    cpSync(built[feature].glue, join(stage, 'generated', `${feature}-glue.js`));
    cpSync(built[feature].wasm, join(stage, RAW_FILES[feature]));
    layString(`${feature}-wasm.js`, await packed(wasm));
    layString(`${feature}-brotli.js`, brotliCompressSync(wasm));
  }
}

/** The bytes as the façade unpacks them, once that was tried. */
async function packed(bytes) {
  const { compress } = await import('lzma1');
  const { unpack } = await import('../pkg-template/lib/lzma.js');
  const { join, split } = await import('../pkg-template/lib/streams.js');
  const result = compress(split(new Uint8Array(bytes)), 9);
  if (!bytes.equals(join(unpack(result)))) throw new StepError('What was packed does not come out again', { advice: 'See pkg-template/lib/lzma.js and streams.js.' });
  return Buffer.from(result);
}

async function layPackage(bundle) {
  rmSync(fresh, { recursive: true, force: true });
  for (const [from, to] of Object.entries(BUNDLES)) {
    await bundle({ ...BUNDLING, entryPoints: [join(stage, from)], outfile: join(fresh, to), absWorkingDir: stage });
  }
  // What was bundled is not published a second time.
  const bundled = (file) => file in BUNDLES || /^(lib|emulator)\/.*\.js$/.test(file) || file.endsWith('-glue.js');
  for (const file of listFiles(stage).filter((name) => name !== 'package.json' && !bundled(name))) {
    mkdirSync(dirname(join(fresh, file)), { recursive: true });
    cpSync(join(stage, file), join(fresh, file));
  }
  await joinEntries(bundle);
  for (const file of DOCUMENTS.filter((name) => existsSync(inRoot(name)))) cpSync(inRoot(file), join(fresh, file));
  writeFileSync(join(fresh, 'package.json'), `${JSON.stringify(packageJson(), null, 2)}\n`);
}

async function joinEntries(bundle) {
  for (const entry of WHOLE.map((file) => join(fresh, file))) {
    await bundle({ ...BUNDLING, entryPoints: [entry], outfile: entry, allowOverwrite: true });
  }
  for (const file of JOINED) rmSync(join(fresh, file));
}

/** The template's package.json with the crate's version. */
function packageJson() {
  const version = readFileSync(inRoot('Cargo.toml'), 'utf8').match(/^version = "(.*)"$/m)?.[1];
  if (!version) throw new StepError('Cargo.toml has no version', { advice: 'Add `version = "…"` under [package].' });
  const { name, ...rest } = JSON.parse(readFileSync(join(stage, 'package.json'), 'utf8'));
  return { name, version, ...rest };
}

/** What a page downloads that uses the default entry, as its bundler would write it. */
async function bundleForPage(bundle) {
  const result = await bundle({
    stdin: { contents: "import { jules } from './index.js'; console.log(jules);", resolveDir: fresh },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'error',
  });
  return result.outputFiles[0].contents;
}

/** The examples import the package by its name, as its users do. */
function linkForExamples() {
  const link = inRoot('node_modules', 'jules-wasm');
  rmSync(link, { recursive: true, force: true });
  symlinkSync(pkg, link, 'junction');
}

await main(import.meta, async () => {
  await setUpForBuild();
  await build();
});
