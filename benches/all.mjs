/** The sections, in the order of the report. Each is loaded when it runs: they need the built package. */
import { writeFileSync } from 'node:fs';

import { inRoot, seconds } from '../scripts/lib/run.mjs';
import { header, sectionText, summary } from './lib/report.mjs';

export const SECTIONS = {
  watch: () => import('./watch.mjs'),
  stream: () => import('./stream.mjs'),
  decode: () => import('./decode.mjs'),
  loopback: () => import('./loopback.mjs'),
  diff: () => import('./diff.mjs'),
  waiting: () => import('./waiting.mjs'),
  start: () => import('./start.mjs'),
  sizes: () => import('./sizes.mjs'),
};

/**
 * Runs the named sections (by default all), prints their tables and, with `write`, writes BENCHMARKS.md.
 *
 * @param {{ quick: boolean, sections: string[], write: boolean }} options
 */
export async function compareAll({ quick, sections, write }) {
  const begin = performance.now();
  const names = sections.length > 0 ? sections : Object.keys(SECTIONS);
  const parts = [];
  const results = [];
  const versions = {};
  for (const name of names) {
    const sectionBegin = performance.now();
    const log = (what) => console.error(`▶ ${name}: ${what} …`);
    const { run } = await SECTIONS[name]();
    const result = await run({ quick, log, versions });
    const text = sectionText(name, result);
    console.error(`  ${name} done in ${seconds(sectionBegin)}`);
    console.log(text);
    results.push(result);
    parts.push(text);
  }
  console.log(summary(results));
  if (write) {
    const top = await header({ quick, versions, took: performance.now() - begin, results });
    writeFileSync(inRoot('BENCHMARKS.md'), `${top}\n${parts.join('\n')}`);
    console.error('BENCHMARKS.md is written.');
  }
}
