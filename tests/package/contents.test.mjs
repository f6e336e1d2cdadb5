import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { installed, manifest, runProgram } from './tools.mjs';

const files = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });

/** The files of an exports map, in order, with their conditions. */
const targets = (entry, conditions = []) =>
  typeof entry === 'string'
    ? [{ conditions, file: entry }]
    : Object.entries(entry).flatMap(([condition, inner]) => targets(inner, [...conditions, condition]));

test('the package has no dependencies and no install scripts', () => {
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.peerDependencies, undefined);
  assert.equal(manifest.scripts, undefined);
  assert.equal(manifest.sideEffects, false);
});

test('every file of the exports map is in the package', () => {
  const named = Object.values(manifest.exports).flatMap((entry) => targets(entry));
  assert.ok(named.length >= 12);
  for (const { file } of named) assert.ok(existsSync(join(installed, file)), file);
});

test('the exports map lists runtimes that cannot compile wasm first, then ES modules, then CommonJS', () => {
  for (const entry of ['.', './emulator']) {
    assert.deepEqual(Object.keys(manifest.exports[entry]), ['edge-light', 'workerd', 'module-sync', 'module', 'require', 'default'], entry);
  }
  for (const entry of Object.values(manifest.exports).filter((found) => found.require)) {
    for (const found of Object.values(entry)) assert.equal(Object.keys(found)[0], 'types');
    assert.deepEqual([entry['module-sync'], entry.module], [entry.default, entry.default]);
  }
});

test('published files import only published files', () => {
  const broken = [];
  for (const file of files(installed).filter((path) => /\.(c?js|d\.c?ts)$/.test(path))) {
    for (const [, target] of readFileSync(file, 'utf8').matchAll(/(?:^(?:import|export)\b[^;'"]*|\brequire\()['"](\.[^'"]+)['"]/gm)) {
      const path = join(file, '..', target.replace(/\?module$/, ''));
      // In types, TypeScript resolves `./x.cjs` to `./x.d.cts`.
      const typed = /\.d\.c?ts$/.test(file) && existsSync(path.replace(/js$/, 'ts').replace(/(\.c?ts)$/, '.d$1'));
      if (!typed && !existsSync(path)) broken.push(`${file}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

test('only the command line and the wasm for CommonJS, which bundlers do not take, import modules of Node', () => {
  const guilty = files(installed)
    .filter((path) => /\.c?js$/.test(path) && !path.startsWith(join(installed, 'bin')) && !path.endsWith('-text.cjs'))
    .filter((path) => /\bfrom\s*['"]node:|\b(?:import|require)\(\s*['"]node:/.test(readFileSync(path, 'utf8')));
  assert.deepEqual(guilty, []);
});

test('the README begins with the installation, and links only to files of the package', () => {
  const readme = readFileSync(join(installed, 'README.md'), 'utf8');
  assert.match(readme, /^# jules-wasm\n(?:(?!\n##).)*\n## Install\n\n```sh\nnpm install jules-wasm\n/s);
  assert.match(readme, /^const jules = connect\(\{ baseUrl: 'http:\/\/127\.0\.0\.1:\d+\/v1alpha', apiKey: '\w+' \}\);$/m, 'the emulator in one line');
  const links = [...readme.matchAll(/\]\(([^)\s]+)\)|(?:href|src)="([^"]+)"/g)].map(([, link, attribute]) => link ?? attribute);
  assert.ok(links.length > 0);
  for (const link of links) assert.ok(/^https:\/\//.test(link) || existsSync(join(installed, link.split('#')[0])), link);
  assert.doesNotMatch(readme, /repository -->/);
});

test('the bundled ES modules have source maps, with the sources in them', () => {
  const maps = files(installed).filter((path) => path.endsWith('.map'));
  assert.ok(['jules.js', 'errors.js', 'diff.js', 'results.js'].every((name) => maps.includes(join(installed, `${name}.map`))));
  for (const path of maps) {
    assert.match(readFileSync(path.slice(0, -4), 'utf8'), /^\/\/# sourceMappingURL=[\w-]+\.js\.map$/m);
    const { version, sources, sourcesContent } = JSON.parse(readFileSync(path, 'utf8'));
    assert.equal(version, 3);
    assert.ok(sourcesContent.length === sources.length && sourcesContent.every((text) => typeof text === 'string'), path);
    // As in pkg-template, and no folder of the machine that built them.
    for (const source of sources) assert.match(source, /^(?:(?:lib|diff|emulator|generated)\/(?:stores\/)?)?[\w-]+\.js$/);
  }
});

test('the licence is in the package', () => {
  assert.match(readFileSync(join(installed, 'LICENSE'), 'utf8'), /Apache License/);
});

test('the command of the package is installed and prints its help', async () => {
  const command = join(installed, '..', '.bin', 'jules-wasm');
  const { code, stdout, stderr } = await runProgram(command, ['--help']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /emulator/);
});
