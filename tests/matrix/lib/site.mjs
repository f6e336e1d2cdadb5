/** Serves the folder of a built page, or stands before another server, and measures what a browser downloads. */
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.cjs': 'text/javascript',
  '.wasm': 'application/wasm', '.json': 'application/json', '.css': 'text/css',
};

export class Site {
  #server = createServer((request, response) => void this.#respond(request, response));
  #source;
  #bytes = { entry: 0, lazy: 0 };
  #part = 'entry';

  /** @param source `folder` with files and `html`, the text of its start page unless it has one; or `origin`, another server */
  constructor(source) {
    this.#source = source;
  }

  async open() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** From now on counts as lazy. */
  begin() {
    this.#part = 'lazy';
  }

  /** The bytes of scripts and wasm after gzip. */
  get bytes() {
    return this.#bytes;
  }

  async #respond(request, response) {
    const { status, type, content } = await this.#find(request).catch((error) => ({ status: 502, type: 'text/plain', content: Buffer.from(String(error)) }));
    if (/javascript|wasm/.test(type)) this.#bytes[this.#part] += gzipSync(content, { level: 9 }).length;
    response.writeHead(status, { 'content-type': type }).end(content);
  }

  async #find({ url, headers }) {
    const { origin, folder, html } = this.#source;
    if (origin) {
      const response = await fetch(origin + url, { headers: { accept: headers.accept ?? '*/*' } });
      return { status: response.status, type: response.headers.get('content-type') ?? '', content: Buffer.from(await response.arrayBuffer()) };
    }
    const path = new URL(url, 'http://site').pathname;
    const file = join(folder, path === '/' ? 'index.html' : path);
    if (existsSync(file) && statSync(file).isFile()) return { status: 200, type: TYPES[extname(file)] ?? '', content: readFileSync(file) };
    if (path === '/') return { status: 200, type: TYPES['.html'], content: Buffer.from(html) };
    return { status: 404, type: 'text/plain', content: Buffer.from('Not found') };
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
