/** The table of the command line's commands, and what is made from it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { COMMANDS, STATES } from '../../pkg-template/bin/commands.js';
import { EXIT, EXIT_MEANINGS } from '../../pkg-template/bin/exits.js';
import { commandHelp } from '../../pkg-template/bin/help.js';
import { TABLE } from '../../pkg-template/lib/table.js';
import { cliPage } from '../../scripts/cli-docs.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'pkg-template', 'bin');
const sources = readdirSync(bin, { recursive: true }).filter((name) => name.endsWith('.js'));

test('docs/cli.md is made from the table of commands', () => {
  assert.equal(readFileSync(join(root, 'docs', 'cli.md'), 'utf8'), cliPage(), 'run: node scripts/cli-docs.mjs');
});

test('each command has a file of its own', () => {
  assert.deepEqual(readdirSync(join(bin, 'commands')).sort(), Object.keys(COMMANDS).map((name) => `${name}.js`).sort());
});

test('the states are those of the library', () => {
  assert.deepEqual(STATES, TABLE.states);
});

test('each exit code is distinct and has a meaning, and commands use only these', () => {
  assert.equal(new Set(Object.values(EXIT)).size, Object.keys(EXIT).length);
  assert.deepEqual(Object.keys(EXIT_MEANINGS), Object.keys(EXIT));
  for (const [name, { exits }] of Object.entries(COMMANDS)) for (const exit of exits) assert.ok(exit in EXIT, `${name}: ${exit}`);
});

test('the help of a command has all of its options, within a hundred columns', () => {
  for (const [name, { options }] of Object.entries(COMMANDS)) {
    const help = commandHelp(name);
    for (const option of Object.keys(options)) assert.ok(help.includes(`--${option}`), `${name} --${option}`);
    for (const line of help.split('\n')) assert.ok(line.length <= 100 || line.startsWith('  jules-wasm'), line);
  }
});

test('the command line uses the public API of the package only', () => {
  const outside = sources.flatMap((name) =>
    [...readFileSync(join(bin, name), 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"`]([^'"`]+)['"`]/g)]
      .map(([, target]) => target)
      .filter((target) => !/^node:|^jules-wasm(\/emulator)?$/.test(target))
      // A template with a variable is one of the commands.
      .filter((target) => !join(bin, name, '..', target.replace(/\$\{.*?\}/, 'x')).startsWith(`${bin}/`))
      .map((target) => `${name}: ${target}`),
  );
  assert.deepEqual(outside, []);
});
