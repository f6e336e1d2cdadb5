/** Serves a stand-in over HTTP, so that a client in another process has a real connection and little other delay. */
import { createServer } from 'node:http';

/**
 * @param {{ answer: (url: string) => { status: number, bytes: Uint8Array } }} standIn
 * @returns {Promise<{ baseUrl: string, close: () => Promise<void> }>}
 */
export async function serveStandIn(standIn) {
  const server = createServer((request, response) => {
    request.resume();
    const { status, bytes } = standIn.answer(request.url);
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'content-length': bytes.length });
    response.end(bytes);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${server.address().port}/v1alpha`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
