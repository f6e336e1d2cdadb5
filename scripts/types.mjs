/**
 * Compiles tests/types against the installed package with every TypeScript of tests/types/matrix.json, under every combination of
 * module resolution and platform there.
 *
 *   npm run types              the whole matrix
 *   npm run types -- 5.2 dom   the rows whose names contain these words
 */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { build } from './build.mjs';
import { oneCheck, total } from './lib/counts.mjs';
import { listFiles } from './lib/files.mjs';
import { installPacked } from './lib/installed.mjs';
import { installLocked } from './lib/locked.mjs';
import { execute, inRoot, main, seconds, tail } from './lib/run.mjs';
import { exportsSource, fixturesSource } from './lib/type-sources.mjs';
import { setUpForBuild } from './setup.mjs';

const FROM = inRoot('tests', 'types');
const MATRIX = JSON.parse(readFileSync(join(FROM, 'matrix.json'), 'utf8'));

/**
 * The rows of the matrix: `{ name, version, formats, options, excluded }`.
 *
 * @param {{ isShort?: boolean }} [which] only each version with each module resolution
 */
export function rows({ isShort = false } = {}) {
  const { versions, base, resolutions, platforms, short, excluded } = MATRIX;
  const found = [];
  for (const version of versions) {
    for (const [resolution, { formats, options, versions: only = versions }] of Object.entries(resolutions)) {
      if (!only.includes(version)) continue;
      for (const platform of isShort ? short[resolution] : Object.keys(platforms)) {
        found.push({
          name: `TypeScript ${version}, ${resolution}, ${platform}`,
          version,
          formats,
          options: { ...base, ...options, ...platforms[platform] },
          excluded: excluded
            .filter((rule) => (rule.versions ?? []).includes(version) || (rule.platforms ?? []).includes(platform))
            .flatMap(({ files }) => files),
        });
      }
    }
  }
  return found;
}

/**
 * Compiles the rows, as many at a time as there are processors.
 *
 * @param {{ folder: string }} installed the project in which the package is installed
 */
export async function checkTypes({ folder }, wanted) {
  const modules = await installLocked(FROM, 'types', 'the versions of TypeScript');
  const project = createProject(folder, modules);
  const results = [];
  const waiting = [...wanted];
  const worker = async () => {
    for (let row = waiting.shift(); row; row = waiting.shift()) results.push(await compile(row, project, modules));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return total(results);
}

/** The tests as ES modules and as CommonJS, with what is generated, and the packages that they use. */
function createProject(folder, modules) {
  const project = join(folder, 'types');
  const sources = listFiles(FROM).filter((name) => /\.c?ts$/.test(name));
  for (const [format, type] of [['esm', 'module'], ['cjs', 'commonjs']]) {
    mkdirSync(join(project, format), { recursive: true });
    writeFileSync(join(project, format, 'package.json'), JSON.stringify({ type }));
    for (const name of sources) {
      if (format === 'cjs' || !name.endsWith('.cts')) cpSync(join(FROM, name), join(project, format, name));
    }
    writeFileSync(join(project, format, 'exports.ts'), exportsSource(folder));
  }
  writeFileSync(join(project, 'esm', 'fixtures.ts'), fixturesSource());
  mkdirSync(join(project, 'node_modules'));
  for (const name of ['@types', '@cloudflare', 'undici', 'undici-types', 'expect-type']) {
    symlinkSync(join(modules, name), join(project, 'node_modules', name), 'junction');
  }
  return project;
}

async function compile({ name, version, formats, options, excluded }, project, modules) {
  const begin = performance.now();
  const config = join(project, `${name.replace(/[^\w.]+/g, '-')}.json`);
  const exclude = excluded.map((file) => `**/${file}`);
  writeFileSync(config, JSON.stringify({ compilerOptions: options, include: formats, exclude }));
  const tsc = join(modules, `typescript-${version}`, 'bin', 'tsc');
  const { code, output } = await execute(process.execPath, [tsc, '--project', config], { cwd: project });
  console.log(`  ${code === 0 ? '✓' : '✗'} ${name} in ${seconds(begin)}`);
  if (code !== 0) console.log(tail(output));
  return oneCheck(code === 0);
}

await main(import.meta, async (words) => {
  await setUpForBuild();
  await build({ quiet: true });
  const installed = await installPacked();
  try {
    const wanted = rows().filter(({ name }) => words.every((word) => name.toLowerCase().includes(word.toLowerCase())));
    const { passed, failed } = await checkTypes(installed, wanted);
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  } finally {
    installed.remove();
  }
});
