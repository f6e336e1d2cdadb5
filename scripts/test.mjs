/**
 * Runs every check of the project, also after one has failed, and ends with the line `N passed, N failed`.
 *
 *   npm test                            everything
 *   npm test -- --only native,package   some steps, and what they need
 *   npm test -- --list                  the names of the steps
 *   npm test -- --keep tested           everything, and the tested tarball into this folder if all has passed
 *
 * Tests count one each, by what their tool printed; a check without tests (a linter, a compiler) counts one.
 */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { build } from './build.mjs';
import { buildSite } from './docs.mjs';
import { ensureChromium } from './lib/browsers.mjs';
import { cargoCounts, countsOf, nodeCounts, oneCheck, total } from './lib/counts.mjs';
import { installPacked, keepTarball } from './lib/installed.mjs';
import { installLocked } from './lib/locked.mjs';
import { execute, inRoot, main, printFailure, root, seconds, StepError, tail } from './lib/run.mjs';
import { ensureRuntimes } from './lib/runtimes.mjs';
import { listFiles } from './lib/files.mjs';
import { matrixCounts, runMatrix, SHORT_LIST } from './matrix.mjs';
import { mutants } from './mutants.mjs';
import { setUpForTests } from './setup.mjs';
import { simulate, usualRanges, verdict } from './simulate.mjs';
import { checkTypes, rows } from './types.mjs';

const WASM = ['--target', 'wasm32-unknown-unknown'];
const WARNINGS_ARE_ERRORS = ['--', '-D', 'warnings'];

/** Node leaves one processor unused, which is half of a small machine, although most files wait for something. */
const NODE_TESTS = ['--test', `--test-concurrency=${availableParallelism()}`, '--test-reporter=spec'];

/** The features of the two published wasm files. */
const PUBLISHED = ['client', 'emulator'];

/** Each step resolves with its counts, or throws. `needs` are steps that must have passed. */
const STEPS = [
  { id: 'format', what: 'Rust is formatted', advice: 'Run `cargo fmt`.', run: check('cargo', ['fmt', '--all', '--check']) },
  { id: 'clippy', what: 'clippy, native', run: check('cargo', ['clippy', '--locked', '--all-targets', ...WARNINGS_ARE_ERRORS]) },
  {
    id: 'clippy-wasm',
    what: 'clippy, wasm32: all, then what each published file is built with',
    run: async () =>
      total([
        await check('cargo', ['clippy', '--locked', '--all-targets', ...WASM, ...WARNINGS_ARE_ERRORS])(),
        ...await inTurn(PUBLISHED, (feature) =>
          check('cargo', ['clippy', '--locked', '--lib', ...WASM, '--no-default-features', '--features', feature,
            ...WARNINGS_ARE_ERRORS])()),
      ]),
  },
  {
    id: 'docs',
    what: 'cargo doc',
    run: async () =>
      total(await inTurn([[], WASM], (target) =>
        check('cargo', ['doc', '--locked', '--no-deps', '--document-private-items', ...target], { RUSTDOCFLAGS: '-D warnings' })())),
  },
  {
    id: 'site',
    what: 'the site of the documentation, warnings are errors',
    run: async () => {
      await buildSite();
      return oneCheck(true);
    },
  },
  { id: 'native', what: 'native tests', run: tests('cargo', ['test', '--locked', '--no-fail-fast'], cargoCounts) },
  {
    id: 'simulation',
    what: 'twelve thousand schedules of faults, on virtual time',
    advice: 'Replay a seed that is named above: npm run simulate -- --seed N',
    run: async () =>
      total(await inTurn(usualRanges(), async ({ what, first, seeds }) => {
        const { code, output } = await simulate({ SIMULATION_FIRST: String(first), SIMULATION_SEEDS: String(seeds) });
        console.log(`  seeds ${first} to ${first + seeds - 1} (${what}): ${verdict(output)}`);
        if (code !== 0) console.log(tail(output, 200));
        return oneCheck(code === 0);
      })),
  },
  {
    id: 'mutants',
    what: 'the simulation catches each planted fault',
    advice: 'Look for the fault in src/planted.rs; try it alone by its name: npm run mutants -- BlindRetry',
    run: () => mutants(),
  },
  {
    id: 'wasm-node',
    what: 'wasm tests in Node',
    run: tests('wasm-pack', ['test', '--node', '--', '--locked'], cargoCounts),
  },
  {
    id: 'wasm-chrome',
    what: 'wasm tests in Chromium',
    run: async () => {
      const { chrome, chromedriver } = await ensureChromium();
      const args = ['test', '--headless', '--chrome', '--chromedriver', chromedriver, '--', '--locked'];
      const env = { WASM_BINDGEN_TEST_WEBDRIVER_JSON: driverSettings(chrome) };
      return tests('wasm-pack', args, cargoCounts, { env })();
    },
  },
  { id: 'facade', what: 'tests of the façade without its wasm', run: nodeTests('facade') },
  { id: 'diff', what: 'the diff parser against git, and on damaged patches', run: nodeTests('diff') },
  {
    id: 'build',
    what: 'the package is built, packed and installed',
    advice: 'Run `npm run build` by itself.',
    run: async (shared) => {
      await build();
      shared.installed = await installPacked();
      return oneCheck(true);
    },
  },
  {
    id: 'package',
    what: 'tests of the installed package',
    needs: ['build'],
    run: async ({ installed }) => {
      const env = { JULES_TEST_TARBALL: installed.tarball, JULES_TEST_TSC: inRoot('node_modules', '.bin', 'tsc') };
      return testsOf(installed, testFiles('package'), env);
    },
  },
  {
    id: 'examples',
    what: 'the recipes of the cookbook and of OpenTelemetry on the emulator',
    needs: ['build'],
    run: async ({ installed }) => {
      for (const [name, target, what] of [['cookbook', 'examples', 'Express and Hono'], ['opentelemetry', 'opentelemetry', 'OpenTelemetry']]) {
        const packages = await installLocked(inRoot('examples', name), target, what);
        symlinkSync(packages, join(installed.folder, 'examples', name, 'node_modules'), 'junction');
      }
      const files = ['cookbook', 'opentelemetry'].map((name) => join('tests', 'examples', `${name}.test.mjs`));
      return testsOf(installed, ['--test-timeout=180000', ...files]);
    },
  },
  {
    id: 'runtimes',
    what: 'what a runtime refuses (a policy, a chunk, permissions, the global scope), proxies, and ticks in Workers',
    needs: ['build'],
    run: async ({ installed }) => {
      const { bun, deno, workerd, newWorkerd, node24, undici } = await ensureRuntimes();
      const env = {
        JULES_TEST_BUN: bun, JULES_TEST_DENO: deno, JULES_TEST_WORKERD: workerd, JULES_TEST_NEW_WORKERD: newWorkerd,
        JULES_TEST_NODE24: node24, JULES_TEST_UNDICI: undici,
      };
      return testsOf(installed, testFiles('runtimes'), env);
    },
  },
  {
    id: 'matrix',
    what: 'the conformance file in the environments that are used most; npm run matrix has all',
    needs: ['build'],
    advice: 'Run the one that failed: npm run matrix -- NAME',
    run: async ({ installed }) => matrixCounts(await runMatrix(SHORT_LIST, installed.tarball)),
  },
  {
    id: 'page',
    what: 'the example page and the emulator in Chromium',
    needs: ['build'],
    run: nodeTests('browser'),
  },
  {
    id: 'types',
    what: 'the types with every version of TypeScript and module resolution (npm run types: on every platform)',
    needs: ['build'],
    advice: 'Try one row: npm run types -- 5.2 bundler dom',
    run: ({ installed }) => checkTypes(installed, rows({ isShort: true })),
  },
  { id: 'publint', what: 'publint', needs: ['build'], run: (shared) => check('publint', ['--strict', shared.installed.tarball])() },
  {
    id: 'attw',
    what: 'are the types wrong?',
    needs: ['build'],
    run: (shared) => check('attw', [shared.installed.tarball, '--profile', 'node16', '--no-definitely-typed'])(),
  },
];

/** The test files of a folder. */
function testFiles(folder) {
  return listFiles(inRoot('tests', folder), root).filter((file) => file.endsWith('.test.mjs'));
}

/** Tests of a folder, in the repository. */
function nodeTests(folder) {
  return tests(process.execPath, [...NODE_TESTS, ...testFiles(folder)], nodeCounts);
}

/** Runs tests in the project in which the package is installed. */
async function testsOf({ folder }, files, more = {}) {
  const env = { JULES_TEST_CHROME: (await ensureChromium()).chrome, ...more };
  return tests(process.execPath, [...NODE_TESTS, ...files], nodeCounts, { cwd: folder, env })();
}

/** The project's webdriver.json with the browser that was found, which the driver by itself may not find. */
function driverSettings(chrome) {
  const settings = JSON.parse(readFileSync(inRoot('webdriver.json'), 'utf8'));
  settings['goog:chromeOptions'].binary = chrome;
  const path = inRoot('target', 'webdriver.json');
  writeFileSync(path, JSON.stringify(settings));
  return path;
}

/** A step that passes or fails as a whole. */
function check(command, args, env = {}, cwd) {
  return async () => {
    const { code, output } = await execute(command, args, { env, cwd });
    if (code !== 0) console.log(tail(output));
    return oneCheck(code === 0);
  };
}

/** A step that runs tests and counts them. */
function tests(command, args, count, options = {}) {
  return async () => {
    const result = await execute(command, args, options);
    const counts = countsOf(result, count);
    if (counts.failed > 0) console.log(tail(result.output, 200));
    if (counts.failed > 0 && counts.passed === 0 && result.code === 0) console.log('  no test ran');
    return counts;
  };
}

async function inTurn(items, work) {
  const results = [];
  for (const item of items) results.push(await work(item));
  return results;
}

async function runStep({ id, what, needs = [], advice, run }, shared, failed) {
  const begin = performance.now();
  console.log(`▶ ${id}: ${what} …`);
  const missing = needs.find((need) => failed.has(need));
  let counts = oneCheck(false);
  if (missing) {
    console.log(`  not run, because ${missing} failed`);
  } else {
    try {
      counts = await run(shared);
    } catch (error) {
      printFailure(error);
    }
  }
  if (counts.failed > 0) {
    failed.add(id);
    if (!missing) console.log(`  → ${advice ?? 'Fix what is printed above.'} Again: npm test -- --only ${id}`);
  }
  const skipped = counts.skipped ? `, ${counts.skipped} skipped` : '';
  console.log(`  ${counts.failed ? '✗' : '✓'} ${counts.passed} passed, ${counts.failed} failed${skipped} in ${seconds(begin)}`);
  return counts;
}

/** The steps that `--only` names, and what they need, in order. */
function chosenSteps(only) {
  if (only === undefined) return STEPS;
  const ids = new Set(only.split(',').filter(Boolean));
  const unknown = [...ids].filter((id) => !STEPS.some((step) => step.id === id));
  if (unknown.length > 0 || ids.size === 0) {
    throw new StepError(`--only: no such step: ${unknown.join(', ') || '(none given)'}`, {
      advice: `The steps are ${STEPS.map((step) => step.id).join(', ')}.`,
    });
  }
  for (const { id, needs = [] } of STEPS) if (ids.has(id)) needs.forEach((need) => ids.add(need));
  return STEPS.filter((step) => ids.has(step.id));
}

await main(import.meta, async (args) => {
  const options = { list: { type: 'boolean' }, only: { type: 'string' }, keep: { type: 'string' } };
  const { list, only, keep } = parseArgs({ args, options }).values;
  if (list) {
    for (const { id, what } of STEPS) console.log(`${id.padEnd(12)} ${what}`);
    return;
  }
  const steps = chosenSteps(only);
  const begin = performance.now();
  await setUpForTests();
  const shared = {};
  const failed = new Set();
  const counts = total(await inTurn(steps, (step) => runStep(step, shared, failed)));
  if (failed.size > 0) console.log(`Failed: ${[...failed].join(', ')}`);
  console.log(`Ran ${steps.length} of ${STEPS.length} steps in ${seconds(begin)}`);
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
  const isTested = failed.size === 0 && steps.length === STEPS.length;
  try {
    if (keep) keepTarball(shared.installed?.tarball, inRoot(keep), isTested);
  } finally {
    shared.installed?.remove();
  }
});
