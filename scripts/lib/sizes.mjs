/** The sizes of the package: of its files, and of the downloads of pages that use it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { listFiles } from './files.mjs';
import { StepError } from './run.mjs';

/** How users bundle a page: code that is loaded later is split off. */
export const PAGE_BUNDLING = {
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  write: false,
};

/** The most bytes of a file of a page, without gzip: webpack warns about files above 250,000 bytes, and adds some hundred of its own. */
const MOST_OF_A_FILE = 249_000;

/**
 * What pages import, and the most bytes that each part may have after gzip: what is loaded at first, and the chunks that are loaded at
 * the first call. The goals are lower where a comment says so.
 */
const PAGES = {
  'a page with the client': {
    source: "import { jules } from 'jules-wasm'; document.title = await jules.run({ prompt: 'x' });",
    // The goal of the chunk: 105 kB. Vite 7 adds 0.8 kB to the entry, whose goal is 12 kB.
    limits: { entry: 11_200, chunk: 210_000 },
  },
  'a page with the errors alone': {
    source: "import { JulesError } from 'jules-wasm'; document.title = String({} instanceof JulesError);",
    limits: { entry: 4_000, chunk: 0 },
  },
  'a page with jules-wasm/diff alone': {
    source: "import { parseUnidiff } from 'jules-wasm/diff'; document.title = parseUnidiff('').length;",
    limits: { entry: 4_000, chunk: 0 },
  },
  'a page with the emulator': {
    source: "import { createEmulator } from 'jules-wasm/emulator'; document.title = await createEmulator();",
    limits: { entry: 13_000, chunk: 250_000 },
  },
};

const measure = (bytes) => ({
  raw: bytes.length,
  gzip: bytes.length && gzipSync(bytes, { level: 9 }).length,
  brotli: bytes.length && brotliCompressSync(bytes).length,
});

/**
 * @param {string} pkg the built package
 * @param {typeof import('esbuild').build} bundle
 * @returns {Promise<{ report: string, excesses: string[] }>} a table, and what is larger than it may be
 */
export async function sizeReport(pkg, bundle) {
  const files = ['jules.wasm', 'jules-text.js', 'jules-chunk.js', 'jules.js', 'errors.js', 'emulator.wasm', 'emulator-text.js', 'emulator-core.js'];
  const pages = await pageSizes(pkg, bundle);
  const rows = [
    ...files.map((file) => [file, measure(readFileSync(join(pkg, file)))]),
    ...pages.map(({ name, part, size }) => [`${name}: ${part}`, size]),
  ];
  const excesses = pages.flatMap(({ name, part, size, limit, largest }) => [
    ...(size.gzip > limit ? [`${name}: the ${part} has ${size.gzip} bytes after gzip, at most ${limit} are allowed`] : []),
    ...(largest > MOST_OF_A_FILE ? [`${name}: a file of the ${part} has ${largest} bytes, at most ${MOST_OF_A_FILE} are allowed`] : []),
  ]);
  const unpacked = listFiles(pkg).reduce((sum, file) => sum + readFileSync(join(pkg, file)).length, 0);
  const width = Math.max(...rows.map(([name]) => name.length));
  const line = (name, ...cells) => name.padEnd(width) + cells.map((cell) => String(cell).padStart(10)).join('');
  const report = [
    line('bytes', 'raw', 'gzip -9', 'brotli'),
    ...rows.map(([name, { raw, gzip, brotli }]) => line(name, raw, gzip, brotli)),
    line('the package, unpacked', unpacked),
    line('the largest file of a page', Math.max(...pages.map(({ largest }) => largest))),
  ].join('\n');
  return { report, excesses };
}

/** What pages download that import the package: at first (`entry`), and at the first call (`chunk`). `largest` is their largest file. */
export async function pageSizes(pkg, bundle) {
  const sizes = [];
  for (const [name, { source, limits }] of Object.entries(PAGES)) {
    const parts = await bundleForPage(pkg, bundle, source);
    for (const [part, files] of Object.entries(parts)) {
      const largest = Math.max(0, ...files.map(({ length }) => length));
      sizes.push({ name, part, size: measure(Buffer.concat(files)), limit: limits[part], largest });
    }
  }
  return sizes;
}

/** The files that a bundler makes of a page that imports the package: those loaded at first, and the chunks that are loaded later. */
async function bundleForPage(pkg, bundle, contents) {
  // A folder of its own, where the package is found by its name.
  const folder = join(pkg, '..', 'page');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'page.js'), contents.replace(/'jules-wasm(.*?)'/g, (_, entry) => `'../pkg/${entry.slice(1) || 'index'}.js'`));
  const { outputFiles, metafile } = await bundle({
    entryPoints: [join(folder, 'page.js')],
    outdir: join(folder, 'out'),
    ...PAGE_BUNDLING,
    metafile: true,
    logLevel: 'error',
  });
  rmSync(folder, { recursive: true, force: true });
  const bytes = new Map(outputFiles.map((file) => [basename(file.path), file.contents]));
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output.imports]));
  /** What these files import, statically, and they themselves. */
  const withImports = (files, kinds) => {
    const all = new Set(files);
    for (const file of all) outputs.get(file)?.filter(({ kind }) => kinds.includes(kind)).forEach(({ path }) => all.add(basename(path)));
    return all;
  };
  const entry = withImports(['page.js'], ['import-statement']);
  const later = [...withImports(['page.js'], ['import-statement', 'dynamic-import'])].filter((file) => !entry.has(file));
  const contentsOf = (files) => [...files].map((file) => bytes.get(file));
  return { entry: contentsOf(entry), chunk: contentsOf(later) };
}

/** Throws with the table if a size exceeds its limit. */
export function checkSizes({ report, excesses }) {
  if (excesses.length === 0) return;
  throw new StepError(excesses.join('\n'), {
    output: report,
    advice: 'See by the table above what has grown; `twiggy top` on target/npm/client/client_bg.wasm says which functions.',
  });
}
