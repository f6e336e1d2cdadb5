/** Serves a page, and sends its requests to the service with the key, which the page does not know: node proxy.mjs */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const SERVICE = 'https://jules.googleapis.com/v1alpha';
/** What the page may do. Everyone who can reach this server can do it too: add your own sign-in. */
const ALLOWED = [/^GET \/sessions(\/\d+(\/activities(\/[\w-]+)?)?)?$/, /^POST \/sessions(\/\d+:(approvePlan|sendMessage))?$/];
/** The page, and the files of the package. */
const FOLDERS = { '/': new URL('.', import.meta.url), '/jules-wasm/': new URL('.', import.meta.resolve('jules-wasm')) };

export const server = createServer(async (request, response) => {
  const { pathname, search } = new URL(request.url, 'http://localhost');
  const answer = pathname.startsWith('/api/jules/') ? forward(request, pathname.slice('/api/jules'.length), search) : file(pathname);
  const { status, type, body } = await answer.catch(() => ({ status: 502, type: 'text/plain', body: '' }));
  response.writeHead(status, { 'content-type': type }).end(body);
});

async function forward(request, path, search) {
  const { method } = request;
  if (!ALLOWED.some((pattern) => pattern.test(`${method} ${path}`))) return { status: 403, type: 'text/plain', body: '' };
  const body = method === 'POST' ? Buffer.concat(await request.toArray()) : undefined;
  const headers = { 'content-type': 'application/json', 'x-goog-api-key': process.env.JULES_API_KEY };
  const response = await fetch(SERVICE + path + search, { method, headers, body });
  return { status: response.status, type: 'application/json', body: await response.text() };
}

async function file(path) {
  const [, folder, name] = /^(\/|\/jules-wasm\/)([\w-]+\.(?:html|js))$/.exec(path === '/' ? '/page.html' : path) ?? [];
  const body = name && (await readFile(new URL(name, FOLDERS[folder])).catch(() => undefined));
  if (!body) return { status: 404, type: 'text/plain', body: '' };
  return { status: 200, type: name.endsWith('.js') ? 'text/javascript' : 'text/html', body };
}

if (process.argv[1] === import.meta.filename) server.listen(3000, '127.0.0.1', () => console.log('http://localhost:3000/'));
