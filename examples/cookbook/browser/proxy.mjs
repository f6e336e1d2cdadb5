/** Serves a page, and sends its requests to the service with the key, which the page does not know: node proxy.mjs */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const SERVICE = 'https://jules.googleapis.com/v1alpha';
/** What the page may do. Whoever reaches this server can do it too: put your own sign-in in front. */
const ALLOWED = [/^GET \/sessions(\/\d+(\/activities(\/\w+)?)?)?$/, /^POST \/sessions(\/\d+:(approvePlan|sendMessage))?$/];

export const server = createServer(async (request, response) => {
  const { pathname, search } = new URL(request.url, 'http://localhost');
  if (!pathname.startsWith('/api/jules/')) return sendFile(pathname, response);
  const path = pathname.slice('/api/jules'.length);
  if (!ALLOWED.some((pattern) => pattern.test(`${request.method} ${path}`))) return response.writeHead(403).end();
  const answer = await fetch(SERVICE + path + search, {
    method: request.method,
    headers: { 'content-type': 'application/json', 'x-goog-api-key': process.env.JULES_API_KEY },
    ...(request.method === 'POST' && { body: Buffer.concat(await request.toArray()) }),
  }).catch(() => new Response(null, { status: 502 }));
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
});

async function sendFile(path, response) {
  const folder = new URL(path.startsWith('/jules-wasm/') ? '.' : import.meta.url, import.meta.resolve('jules-wasm'));
  const name = path === '/' ? 'page.html' : path.replace('/jules-wasm/', '');
  const file = /^[\w-]+\.(html|js)$/.test(name) && (await readFile(new URL(name, folder)).catch(() => undefined));
  if (!file) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': name.endsWith('.js') ? 'text/javascript' : 'text/html' }).end(file);
}

if (process.argv[1] === import.meta.filename) server.listen(3000, '127.0.0.1', () => console.log('http://localhost:3000/'));
