/** Where pages and workers report, whatever serves them. */
import { once } from 'node:events';
import { createServer } from 'node:http';

/** The longest time for a page, with the start of its browser. */
const PAGE_MS = 90_000;

const CORS = { 'access-control-allow-origin': '*' };

export class Desk {
  #server = createServer((request, response) => void this.#receive(request, response));
  #expected;

  static async open() {
    const desk = new Desk();
    desk.#server.listen(0, '127.0.0.1');
    await once(desk.#server, 'listening');
    return desk;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/`;
  }

  /**
   * Waits for the report of the next page.
   *
   * @param {() => void} onBegin is called when it has loaded and begins
   * @returns {{ report: Promise<{ result: object | string, complaints: string[] }>, fail: (error: Error) => void }}
   */
  expect(onBegin = () => {}) {
    let fail;
    const report = new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no report within ${PAGE_MS / 1000} s`)), PAGE_MS);
      const settle = (end) => (value) => (clearTimeout(late), end(value));
      fail = settle(reject);
      this.#expected = { onBegin, end: settle(resolve) };
    });
    return { report, fail };
  }

  async #receive(request, response) {
    const body = Buffer.concat(await request.toArray()).toString();
    response.writeHead(200, CORS).end();
    if (request.url === '/begin') this.#expected.onBegin();
    if (request.url === '/end') this.#expected.end(JSON.parse(body));
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
