/**
 * Installs the tools that the project's commands need, as far as they are missing:
 *
 *   npm run setup            what the build and the demonstration need
 *   npm run setup -- --test  also what the tests need
 *
 * The machine must have Node ≥ 20 with npm, and cargo and rustc (by rustup, or with the wasm32 target).
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { execute, inRoot, main, must, step, StepError, toolsBin } from './lib/run.mjs';

const WASM_TARGET = 'wasm32-unknown-unknown';

/** What the build needs. */
export async function setUpForBuild() {
  checkNode();
  await checkCargo();
  await npmPackages();
  await wasmTarget();
  await wasmBindgen();
}

/** What the tests need. */
export async function setUpForTests() {
  await setUpForBuild();
  await component('rustfmt', 'cargo-fmt');
  await component('clippy', 'cargo-clippy');
  await wasmPack();
}

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    throw new StepError(`Node ${process.versions.node} is too old`, { advice: 'Install Node 20 or newer.' });
  }
}

async function checkCargo() {
  for (const tool of ['cargo', 'rustc']) {
    const { code, output } = await execute(tool, ['--version']);
    if (code !== 0) {
      throw new StepError(`${tool} does not run`, {
        advice: 'Install Rust with rustup (https://rustup.rs), and open a new terminal so that it is on PATH.',
        output,
      });
    }
  }
}

/** Installs the npm packages, unless they were installed from this lock file, or by hand after it was last written. */
async function npmPackages() {
  const lock = inRoot('package-lock.json');
  const installed = inRoot('node_modules', '.package-lock.json');
  const stamp = inRoot('node_modules', '.installed-from');
  const digest = createHash('sha256').update(readFileSync(lock)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
    await step('Installing npm packages', () =>
      must('npm', ['ci', '--no-audit', '--no-fund'], {
        advice: 'Check that the npm registry can be reached, then run this again.',
      }));
  }
  writeFileSync(stamp, digest);
}

async function wasmTarget() {
  const sysroot = (await must('rustc', ['--print', 'sysroot'])).trim();
  if (existsSync(join(sysroot, 'lib', 'rustlib', WASM_TARGET))) return;
  await step(`Adding the Rust target ${WASM_TARGET}`, () =>
    must('rustup', ['target', 'add', WASM_TARGET], {
      advice: `Without rustup, install the ${WASM_TARGET} standard library of your Rust by hand.`,
    }));
}

async function component(name, program) {
  if ((await execute(program, ['--version'])).code === 0) return;
  await step(`Adding the Rust component ${name}`, () =>
    must('rustup', ['component', 'add', name], { advice: `Install ${name} for your Rust by hand.` }));
}

/** The version of a crate in Cargo.lock. */
export function lockedVersion(crate) {
  const lock = readFileSync(inRoot('Cargo.lock'), 'utf8');
  const version = lock.match(new RegExp(`name = "${crate}"\nversion = "([^"]+)"`))?.[1];
  if (!version) throw new StepError(`Cargo.lock has no ${crate}`, { advice: 'Restore Cargo.lock: git checkout Cargo.lock' });
  return version;
}

/** Installs wasm-bindgen's command line in the version of its library: the format between them differs in each version. */
async function wasmBindgen() {
  const version = lockedVersion('wasm-bindgen');
  for (const tool of ['wasm-bindgen', 'wasm-bindgen-test-runner']) {
    const found = await execute(tool, ['--version']);
    if (found.stdout.trim().endsWith(` ${version}`)) continue;
    await cargoInstall('wasm-bindgen-cli', ['--version', `=${version}`]);
    return;
  }
}

async function wasmPack() {
  if ((await execute('wasm-pack', ['--version'])).code === 0) return;
  await cargoInstall('wasm-pack', ['--locked']);
}

/** A debug build of a tool takes a quarter of the time, and is fast enough for files of this size. */
async function cargoInstall(crate, args) {
  await step(`Building ${crate} (a minute or two, once)`, () =>
    must('cargo', ['install', crate, ...args, '--debug', '--force', '--root', inRoot('target', 'tools')], {
      advice: `Check that crates.io can be reached, then run this again. It is to end up in ${toolsBin}.`,
      env: { CARGO_PROFILE_DEV_DEBUG: '0' },
    }));
}

await main(import.meta, async (args) => {
  await (args.includes('--test') ? setUpForTests() : setUpForBuild());
  console.log('Everything needed is here.');
});
