/** The results as a table, and its place in the README. */
import { readFileSync, writeFileSync } from 'node:fs';

import { StepError } from '../../../scripts/lib/run.mjs';

const MARK = '<!-- matrix -->';
const HEAD = ['environment', '', 'version', 'result', 'configuration', 'entry', 'lazy'];

const kilobytes = (bytes) => (bytes ? `${Math.round(bytes / 1000)} kB` : '–');

/**
 * A line for all ways to use the same environment that differ in nothing else.
 *
 * @param rows `{ name, version, outcome, reason, configuration, bytes }`; a name may have a comma before the way of use
 */
export function tableOf(rows) {
  const lines = new Map();
  for (const { name, version = '–', outcome, reason, configuration, bytes } of rows) {
    const [environment, ...way] = name.split(', ');
    const result = { skipped: `skipped: ${reason}`, warns: 'works, but warns' }[outcome] ?? outcome;
    const rest = [version, result, configuration, kilobytes(bytes?.entry), kilobytes(bytes?.lazy)];
    const key = [environment, ...rest].join('|');
    if (!lines.has(key)) lines.set(key, { environment, ways: [], rest });
    lines.get(key).ways.push(way.join(', '));
  }
  const cells = [...lines.values()].map(({ environment, ways, rest }) => [environment, ways.filter(Boolean).join(', '), ...rest]);
  return [HEAD, HEAD.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Writes the table between the two marks. */
export function writeTable(path, table) {
  const parts = readFileSync(path, 'utf8').split(MARK);
  if (parts.length !== 3) throw new StepError(`${path} must have ${MARK} twice`, { advice: 'The table of the matrix is written between them.' });
  writeFileSync(path, [parts[0], `\n${table}\n`, parts[2]].join(MARK));
}
