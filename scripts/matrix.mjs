/**
 * Runs the conformance file in every environment that the package claims, and the contract of the stores of journals where each of
 * them is, on the packed tarball:
 *
 *   npm run matrix              all environments; writes the table into README.md
 *   npm run matrix -- NAME …    those whose names begin so, without writing
 *   npm run matrix -- --short   those of `npm test`
 *   npm run matrix -- --list    their names
 */
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ENVIRONMENTS } from '../tests/matrix/environments.mjs';
import { BROWSERS, browserVersion } from '../tests/matrix/lib/browsers.mjs';
import { Desk } from '../tests/matrix/lib/desk.mjs';
import { expected, expectedOfJournals } from '../tests/matrix/lib/expected.mjs';
import { Project } from '../tests/matrix/lib/project.mjs';
import { tableOf, writeTable } from '../tests/matrix/lib/table.mjs';
import { Unavailable } from '../tests/matrix/lib/unavailable.mjs';
import { build } from './build.mjs';
import { packed } from './lib/installed.mjs';
import { inRoot, main, must, printFailure, seconds, StepError, tail } from './lib/run.mjs';
import { setUpForBuild } from './setup.mjs';

/** Lines of tools that warn, or that say anything about the package. */
const COMPLAINT = /warn|deprecat|jules-wasm/i;

/**
 * @param environments of environments.mjs
 * @param {string} tarball the packed package
 * @returns {Promise<object[]>} a row for each: `{ name, version, outcome, reason, configuration, bytes }`, whose outcome is `passed`,
 *   `skipped`, `failed`, or `warns`: it works, and a tool warns about the package, or the package itself does
 */
export async function runMatrix(environments, tarball) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jules-wasm-matrix-')));
  const desk = await Desk.open();
  let server;
  try {
    await must('tar', ['-xzf', tarball, '-C', folder]);
    const { serve } = await import(pathToFileURL(join(folder, 'package', 'bin', 'server.js')).href);
    server = await serve({ port: 0, apiKey: 'key', stepMs: 20, cors: true });
    const run = { tarball, baseUrl: server.baseUrl, reportUrl: desk.url };
    const rows = [];
    for (const group of sharing(environments)) rows.push(...(await runGroup(group, run, desk)));
    return rows;
  } finally {
    await server?.close();
    desk.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Neighbours that have the same tools and import the same entry share a project, and so their build. */
function sharing(environments) {
  const groups = [];
  for (const environment of environments) {
    const [last] = groups.at(-1) ?? [];
    if (last?.project === environment.project && last.entry === environment.entry) groups.at(-1).push(environment);
    else groups.push([environment]);
  }
  return groups;
}

async function runGroup(group, run, desk) {
  let project;
  try {
    project = await Project.create(group[0], run);
    const rows = [];
    for (const environment of group) rows.push(await runOne(environment, project, desk));
    return rows;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    printFailure(error);
    return group.map(({ name, configuration }) => ({ name, configuration, outcome: 'failed' }));
  } finally {
    project?.remove();
  }
}

async function runOne(environment, project, desk) {
  const { name, configuration, doors, journals, allowed } = environment;
  const begin = performance.now();
  const row = { name, configuration };
  try {
    row.version = await versionOf(environment, project);
    const { result, output, bytes } = await environment.run(project, desk);
    if (typeof result === 'string') throw new Error(result);
    assert.deepEqual(result, journals ? expectedOfJournals(journals) : expected(doors));
    row.bytes = bytes;
    const complaints = output.split('\n').filter((line) => COMPLAINT.test(line) && !allowed.some((each) => each.test(line)));
    row.outcome = complaints.length > 0 ? 'warns' : 'passed';
    row.reason = complaints.join('\n');
  } catch (error) {
    Object.assign(row, { outcome: error instanceof Unavailable ? 'skipped' : 'failed', reason: error.message });
  }
  console.log(`  ${{ passed: '✓', skipped: '–' }[row.outcome] ?? '✗'} ${name} ${row.version ?? ''} (${seconds(begin)})`);
  if (row.reason) console.log(tail(row.reason).replace(/^/gm, '    '));
  return row;
}

async function versionOf({ browser, version }, project) {
  const found = browser ? await browserVersion(await BROWSERS[browser](project)) : project.version(version);
  if (!found) throw new Unavailable(`npm has no ${version} for this kind of machine`);
  return found;
}

/** The counts of rows as those of tests. A warning is a failure. */
export const matrixCounts = (rows) => {
  const of = (outcome) => rows.filter((row) => row.outcome === outcome).length;
  return { passed: of('passed'), failed: of('failed') + of('warns'), skipped: of('skipped') };
};

/** The environments of `npm test`. */
export const SHORT_LIST = ENVIRONMENTS.filter(({ short }) => short);

function chosen(args) {
  if (args.includes('--short')) return SHORT_LIST;
  const unknown = args.find((arg) => !ENVIRONMENTS.some(({ name }) => name.startsWith(arg)));
  if (unknown) throw new StepError(`no environment begins with ${unknown}`, { advice: 'See npm run matrix -- --list' });
  return args.length > 0 ? ENVIRONMENTS.filter(({ name }) => args.some((arg) => name.startsWith(arg))) : ENVIRONMENTS;
}

await main(import.meta, async (args) => {
  if (args.includes('--list')) return console.log(ENVIRONMENTS.map(({ name }) => name).join('\n'));
  const environments = chosen(args);
  await setUpForBuild();
  await build();
  const { tarball, remove } = await packed();
  const rows = await runMatrix(environments, tarball).finally(remove);
  const table = tableOf(rows);
  const { passed, failed, skipped } = matrixCounts(rows);
  if (environments === ENVIRONMENTS) writeTable(inRoot('README.md'), table);
  console.log(`${table}\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed > 0 ? 1 : 0;
});
