/** From Rust to an optimised wasm file and its glue. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { digestOf } from './files.mjs';
import { toGlueModule } from './glue.mjs';
import { inRoot, must, root, StepError } from './run.mjs';

const TARGET = 'wasm32-unknown-unknown';

/** What the wasm files are made of and by. */
const SCRIPTS = ['files', 'glue', 'run', 'wasm'].map((name) => `scripts/lib/${name}.mjs`);
const INPUTS = ['Cargo.toml', 'Cargo.lock', 'src', 'package-lock.json', ...SCRIPTS];

/** Where the package is made. Apart from the folder of hand-typed cargo commands, whose flags are others. */
export const workDir = inRoot('target', 'npm');

// Never --all-features: it puts in what Node 20 refuses. What the file uses stands in its target_features section.
// Functions with one caller stay functions: inlined they compress worse (195 kB instead of 182 kB gzip).
const OPTIMIZE = ['-Oz', '--one-caller-inline-max-function-size=0', '--converge', '--strip-debug', '--strip-producers'];

/**
 * Flags that keep this machine's folders out of the file: panic messages name source files.
 */
async function remapFlags() {
  const sysroot = (await must('rustc', ['--print', 'sysroot'])).trim();
  const commit = (await must('rustc', ['-vV'])).match(/^commit-hash: (.*)$/m)?.[1];
  const registries = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src');
  const folders = existsSync(registries) ? readdirSync(registries).sort() : [];
  const pairs = [
    ...folders.map((folder) => [`${join(registries, folder)}/`, '']),
    [join(sysroot, 'lib', 'rustlib', 'src', 'rust'), `/rustc/${commit}`],
    [`${root}/`, ''],
  ];
  return pairs.map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
}

/** Fetches the crates of the lock file, so that the folders they lie in are known before the flags are made. */
export async function prepareCargo() {
  await must('cargo', ['fetch', '--locked', '--target', TARGET], {
    advice: 'If Cargo.toml was changed, run `cargo check` and commit Cargo.lock; else check that crates.io can be reached.',
  });
  return { CARGO_ENCODED_RUSTFLAGS: (await remapFlags()).join('\x1f') };
}

/**
 * Builds the crate with one feature.
 *
 * @param {'client' | 'emulator'} feature
 * @returns {Promise<{ wasm: string, glue: string }>} the paths of the wasm file and of the glue module
 */
export async function buildWasm(feature, env) {
  const out = join(workDir, feature);
  const wasm = join(out, `${feature}.wasm`);
  const glue = join(out, `${feature}-glue.js`);
  const stamp = join(out, 'stamp');
  const key = digestOf(root, INPUTS, await must('rustc', ['-vV']));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return { wasm, glue };

  rmSync(stamp, { force: true });
  // Each with a target folder of its own, so that both are built at once: most of a build is one thread that optimises.
  const target = join(out, 'target');
  const args = ['build', '--release', '--locked', '--lib', '--target', TARGET, '--target-dir', target];
  await must('cargo', [...args, '--no-default-features', '--features', feature], {
    env,
    advice: `The crate must compile for ${TARGET} with only the feature \`${feature}\`.`,
  });
  await must('wasm-bindgen', [
    '--target', 'bundler', '--no-typescript', '--encode-into', 'always',
    '--remove-producers-section', '--out-dir', out, '--out-name', feature, join(target, TARGET, 'release', 'jules_wasm.wasm'),
  ]);
  await must('wasm-opt', [...OPTIMIZE, join(out, `${feature}_bg.wasm`), '-o', wasm]);
  writeFileSync(glue, toGlueModule(readFileSync(join(out, `${feature}_bg.js`), 'utf8'), feature));
  refuseLocalPaths(wasm);
  writeFileSync(stamp, key);
  return { wasm, glue };
}

/** A path of this machine in the file would make two builds differ, and would be published. */
function refuseLocalPaths(wasm) {
  const text = readFileSync(wasm, 'latin1');
  for (const folder of [root, homedir(), process.env.CARGO_HOME].filter(Boolean)) {
    const at = text.indexOf(`${folder}/`);
    if (at < 0) continue;
    throw new StepError(`${wasm} has a path of this machine in it: ${text.slice(at, at + 100).replace(/[^ -~]+/g, ' ')}`, {
      advice: 'Add the folder to remapFlags in scripts/lib/wasm.mjs.',
    });
  }
}
