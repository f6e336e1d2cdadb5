/** BENCHMARKS.md: what was measured where, and how to read it. */
import { cpus, release, totalmem, type } from 'node:os';
import { readFileSync } from 'node:fs';

import { execute, inRoot } from '../../scripts/lib/run.mjs';
import { isLost, table } from './table.mjs';

const versionOf = (name) => JSON.parse(readFileSync(inRoot(...name), 'utf8')).version;

/** A section as Markdown. */
export function sectionText(name, { title, about, tables, notes = [] }) {
  const parts = tables.map(({ caption, rows }) => [...(caption ? [`${caption}:`, ''] : []), table(rows), '']);
  return [`## ${title}`, '', ...about, '', `Alone: \`npm run bench -- ${name}\`.`, '', ...parts.flat(), ...notes.flatMap((note) => [note, ''])].join('\n');
}

/**
 * Counts the rows and the goals that are met.
 *
 * @param {{ tables: { rows: object[] }[] }[]} results of the sections
 */
export function summary(results) {
  const rows = results.flatMap(({ tables }) => tables.flatMap((part) => part.rows));
  const goals = rows.filter((row) => row.goal);
  const met = goals.filter((row) => row.goal.met).length;
  const compared = rows.filter((row) => row.ratio);
  return `**${met} of ${goals.length} goals met.** The official SDK is better in ${compared.filter(isLost).length} of ${compared.length} rows.`;
}

/** The head of the report. */
export async function header({ quick, versions, took, results }) {
  const [rustc, commit, changed] = await Promise.all([
    execute('rustc', ['--version']),
    execute('git', ['rev-parse', '--short', 'HEAD']),
    execute('git', ['status', '--porcelain', '--', 'src', 'pkg-template', 'benches', 'Cargo.lock']),
  ]);
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB`;
  const facts = [
    ['command', quick ? '`npm run bench -- quick --write`' : '`npm run bench`'],
    ['mode', quick ? 'quick: fewer rounds, shorter sessions' : 'full'],
    ['date', new Date().toISOString().slice(0, 10)],
    ['commit', commit.code === 0 ? `${commit.stdout.trim()}${changed.stdout.trim() ? ', with changes that are not committed' : ''}` : 'unknown'],
    ['machine', machine],
    ['system', `${type()} ${release()}`],
    ['Node', process.versions.node],
    ...Object.entries(versions),
    ['rustc', rustc.stdout.trim().replace(/^rustc /, '')],
    ['jules-wasm', versionOf(['pkg', 'package.json'])],
    ['@google/jules-sdk', versionOf(['node_modules', '@google', 'jules-sdk', 'package.json'])],
    ['took', `${Math.round(took / 1000)} s`],
  ];
  return [
    '# Benchmarks',
    '',
    'Side by side with the official SDK, in one run. This file is written whole by the command below; nothing in it was typed.',
    '',
    '| | |',
    '|---|---|',
    ...facts.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    summary(results),
    '',
    '**How to read it.** Of everything measured less is better. *Ratio* is how many times more the official SDK needs: above 1',
    'this package is better, below 1 it loses, and the row says so. The two are measured in turn, in an order that changes from',
    'round to round; values are medians of the rounds, the ratio is the median of the ratios within each round, with the least and',
    'the most of them. *Goal* is what the project has set itself, *met?* whether this run met it. Both clients must find the same',
    '(ids, states, paths); if they do not, the run fails. Absolute times hold for this machine and what else ran on it; the ratios',
    'are what to look at.',
    '',
  ].join('\n');
}
