/** How big the package is, as downloads and in a page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { StepError } from './run.mjs';

/** The default entry, bundled and minified for a page, must stay below this many bytes after gzip. */
export const BROWSER_LIMIT = 170_000;

const measure = (bytes) => ({
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes).length,
});

const sum = (sizes) => ({
  raw: sizes.reduce((total, size) => total + size.raw, 0),
  gzip: sizes.reduce((total, size) => total + size.gzip, 0),
  brotli: sizes.reduce((total, size) => total + size.brotli, 0),
});

/** What each entry loads, by file. */
const ENTRIES = {
  'jules-wasm (default)': ['index.js'],
  'jules-wasm (node)': ['node.js'],
  'jules-wasm (workerd)': ['workerd.js', 'jules.js', 'jules.wasm'],
  'jules-wasm (edge-light)': ['edge-light.js', 'jules.js', 'jules.wasm'],
  'jules-wasm/slim': ['slim.js', 'jules.js'],
  'jules-wasm/emulator (default)': ['emulator.js', 'emulator-core.js', 'generated/emulator-wasm.js'],
  'jules-wasm/emulator (node)': ['emulator-node.js'],
  'jules-wasm/emulator (workerd)': ['emulator-workerd.js', 'emulator-core.js', 'emulator.wasm'],
  'jules-wasm/emulator (edge-light)': ['emulator-edge-light.js', 'emulator-core.js', 'emulator.wasm'],
};

/**
 * @param {string} pkg the built package
 * @param {Record<string, Uint8Array>} parts what lies inside the package's files and is worth a line
 * @param {Uint8Array} browserBundle
 * @returns {string} a table
 */
export function sizeReport(pkg, parts, browserBundle) {
  const files = ['jules.wasm', 'jules.js', 'emulator.wasm', 'emulator-core.js'];
  const measured = new Map();
  const ofFile = (file) => {
    if (!measured.has(file)) measured.set(file, measure(readFileSync(join(pkg, file))));
    return measured.get(file);
  };
  const rows = [
    ...files.map((file) => [file, ofFile(file)]),
    ...Object.entries(parts).map(([name, bytes]) => [name, measure(bytes)]),
    ...Object.entries(ENTRIES).map(([name, list]) => [name, sum(list.map(ofFile))]),
    ['default entry, browser bundle', measure(browserBundle)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const line = (name, ...cells) => name.padEnd(width) + cells.map((cell) => String(cell).padStart(10)).join('');
  return [
    line('bytes', 'raw', 'gzip -9', 'brotli'),
    ...rows.map(([name, { raw, gzip, brotli }]) => line(name, raw, gzip, brotli)),
  ].join('\n');
}

/** Throws, with the table, if the default entry has become too big for a page. */
export function checkBrowserBundle(bundle, report) {
  const { gzip } = measure(bundle);
  if (gzip <= BROWSER_LIMIT) return;
  throw new StepError(`the default entry is ${gzip} bytes after gzip in a browser bundle; the limit is ${BROWSER_LIMIT}`, {
    output: report,
    advice: 'See by the table above what has grown; `twiggy top` on target/npm/client/client_bg.wasm says which functions.',
  });
}
