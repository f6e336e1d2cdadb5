/**
 * Serves the example page and the built package on this machine alone.
 *
 *   npm run example:browser                   builds the package if need be, and prints where the page is
 *   npm run example:browser -- --port 8080    Default: any free port
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';

import { build } from './build.mjs';
import { main, root, StepError } from './lib/run.mjs';
import { setUpForBuild } from './setup.mjs';

const PAGE = '/examples/browser/';

/** What is served, and nothing else of the repository. */
const FOLDERS = [PAGE, '/pkg/'];

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
};

/**
 * @param {number} [port] Default: any free one
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} where the page is
 */
export async function serve(port = 0) {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}${PAGE}`, close };
}

async function answer(request, response) {
  const file = fileOf(request.url);
  const found = file && (await stat(file).catch(() => undefined));
  if (!found?.isFile()) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Not found\n');
    return;
  }
  // `no-cache`: a reload shows the newest build.
  response.writeHead(200, {
    'content-type': TYPES[extname(file)],
    'content-length': found.size,
    'cache-control': 'no-cache',
  });
  if (request.method === 'HEAD') response.end();
  else createReadStream(file).on('error', () => response.destroy()).pipe(response);
}

/** The file that a URL names, if it is among those that are served. Their names need no encoding, and a URL has no segments `..`. */
function fileOf(url) {
  const { pathname } = new URL(url, 'http://localhost');
  const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
  const isServed = FOLDERS.some((folder) => path.startsWith(folder)) && extname(path) in TYPES;
  return isServed ? join(root, path) : undefined;
}

await main(import.meta, async (args) => {
  const { values } = parseArgs({ args, options: { port: { type: 'string', default: '0' } } });
  await setUpForBuild();
  await build({ quiet: true });
  try {
    const { url } = await serve(Number(values.port));
    console.log(`The page is at ${url} (Ctrl-C ends).`);
  } catch (error) {
    throw new StepError(`cannot listen on port ${values.port}: ${error.message}`, { advice: 'Choose another: --port 8080' });
  }
});
