/** The sizes of what is downloaded, installed and bundled. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { listFiles } from '../scripts/lib/files.mjs';
import { inRoot, must } from '../scripts/lib/run.mjs';
import { pageSizes } from '../scripts/lib/sizes.mjs';
import { sum } from './lib/stats.mjs';
import { as, goal, row } from './lib/table.mjs';

const FOLDERS = { ours: inRoot('pkg'), theirs: inRoot('node_modules', '@google', 'jules-sdk') };
/** The official SDK's declared dependencies; its bundle imports neither, but they are installed. */
const DEPENDENCIES = { ours: [], theirs: ['yaml', 'zod'] };

async function packed(folder, to) {
  const answer = await must('npm', ['pack', folder, '--json', '--ignore-scripts', '--pack-destination', to]);
  const [{ size, unpackedSize }] = Object.values(JSON.parse(answer));
  return { size, unpackedSize };
}

const bytesOf = (folder) => sum(listFiles(folder).map((file) => statSync(join(folder, file)).size));

/** The goals: the most bytes after gzip that a page downloads, by page and part. */
const PAGE_GOALS = {
  'a page with the client': { entry: 12_000, chunk: 105_000 },
  'a page with the errors alone': { entry: 4_000, chunk: 0 },
  'a page with jules-wasm/diff alone': { entry: 4_000, chunk: 0 },
};
const MOST_UNPACKED = 1_300_000;
const SOURCES = ['src', 'pkg-template', 'scripts'];
const MOST_LINES = 24_800;

const atMost = (most, value, write) => (most === undefined ? undefined : goal(`≤ ${write(most)}`, value <= most));

const linesOf = (folder) => sum(listFiles(inRoot(folder)).map((file) => readFileSync(inRoot(folder, file), 'utf8').split('\n').length - 1));

/** What a program that uses the client ships, bundled and minified. */
async function bundled(name, platform) {
  const { build } = await import('esbuild');
  const result = await build({
    stdin: { contents: `import { connect } from '${name}'; console.log(connect);`, resolveDir: inRoot('benches') },
    bundle: true,
    minify: true,
    format: 'esm',
    platform,
    write: false,
    logLevel: 'silent',
  });
  const bytes = result.outputFiles[0].contents;
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
}

const once = (ours, theirs) => {
  const ratio = ours > 0 ? theirs / ours : NaN;
  return { ours, theirs, ratio: { median: ratio, min: ratio, max: ratio } };
};

export async function run({ log }) {
  log('packing and bundling');
  const folder = mkdtempSync(join(tmpdir(), 'jules-wasm-sizes-'));
  try {
    const [ours, theirs] = [await packed(FOLDERS.ours, folder), await packed(FOLDERS.theirs, folder)];
    const installed = Object.fromEntries(
      Object.entries(FOLDERS).map(([side, path]) => [side, bytesOf(path) + sum(DEPENDENCIES[side].map((name) => bytesOf(inRoot('node_modules', name))))]),
    );
    const [mine, other] = [await bundled('jules-wasm', 'node'), await bundled('@google/jules-sdk', 'node')];
    const { build } = await import('esbuild');
    const pages = await pageSizes(FOLDERS.ours, build);
    const lines = sum(SOURCES.map(linesOf));
    const inPage = await bundled('@google/jules-sdk', 'browser').then(() => 'runs', () => 'cannot be bundled');
    return {
      title: 'Sizes',
      about: [
        'The packed package, what an installation puts on the disk (with dependencies), and the client bundled and minified with all',
        'that it needs. Ours also has the emulator, the entries for edge runtimes and a CommonJS build in its package. Of pages, the entry',
        'is what is downloaded at first, the chunk what is loaded at the first call.',
      ],
      tables: [
        {
          rows: [
            row('tarball', once(ours.size, theirs.size), as.bytes),
            row('unpacked', once(ours.unpackedSize, theirs.unpackedSize), as.bytes, atMost(MOST_UNPACKED, ours.unpackedSize, as.bytes)),
            row('installed, with dependencies', once(installed.ours, installed.theirs), as.bytes),
            row('bundle for Node, minified', once(mine.raw, other.raw), as.bytes),
            row('bundle for Node, minified, gzip -9', once(mine.gzip, other.gzip), as.bytes),
            row('bundle for Node, minified, brotli', once(mine.brotli, other.brotli), as.bytes),
            ...pages.map(({ name, part, size }) =>
              row(`${name}, ${part}, gzip -9`, { ours: as.bytes(size.gzip), theirs: part === 'entry' ? inPage : '' }, as.plain, atMost(PAGE_GOALS[name]?.[part], size.gzip, as.bytes)),
            ),
            row(`lines of ${SOURCES.join('/, ')}/`, { ours: as.lines(lines) }, as.plain, atMost(MOST_LINES, lines, as.lines)),
          ],
        },
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
