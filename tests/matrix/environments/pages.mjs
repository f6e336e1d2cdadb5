/** Browsers that load the package's files as they are. */
import { page } from '../lib/runners.mjs';

const html = (file) => `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/${file}"></script>`;

/** The name, the start page's script, what is imported, the doors, and the stores of journals. Pages name the files, because Workers know no import maps. */
const KINDS = [
  ['page', 'page.mjs', 'index'],
  ['module Worker', 'worker-page.mjs', 'index'],
  ['Service Worker', 'service-worker-page.mjs', 'inline'],
  ['page with the emulator', 'emulator-page.mjs', 'index', ['overHttp', 'inProcess']],
  ['journals', 'journals-page.mjs', 'index', ['overHttp'], ['memory', 'keyValue', 'indexedDb']],
];

const NAMES = { chromium: 'Chromium', oldChromium: 'Chromium before 115', firefox: 'Firefox', webkit: 'WebKitGTK' };

export const pages = Object.entries(NAMES).flatMap(([browser, name]) =>
  KINDS.map(([kind, script, entry, doors = ['overHttp'], journals]) => ({
    name: `${name}, ${kind}`,
    project: browser === 'oldChromium' ? 'old-chromium' : 'page',
    browser,
    doors,
    journals,
    entry: `/node_modules/jules-wasm/${entry}.js`,
    configuration: entry === 'index' ? 'none' : `\`jules-wasm/${entry}\``,
    short: (browser === 'chromium' && doors.length === 1) || (browser === 'firefox' && ['page', 'journals'].includes(kind)),
    run: page([], { folder: '.', html: html(script), browser }),
  })));
