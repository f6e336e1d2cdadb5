/** Sessions over HTTP with Express: POST /sessions creates one, GET /sessions/ID/events follows it by server-sent events. */
import { Readable } from 'node:stream';
import express from 'express';
import { InvalidArgumentError, jules, JulesError } from 'jules-wasm';

export const app = express();
app.use(express.json());

app.post('/sessions', async (request, response) => {
  const { id } = await jules.run({ prompt: request.body?.prompt });
  response.status(201).json({ id });
});

app.get('/sessions/:id/events', (request, response) => {
  // A browser that reconnects sends the id of the last event, which is a cursor.
  const stream = jules.session(request.params.id).stream({ after: request.get('last-event-id') });
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const events = Readable.fromWeb(stream.toReadableStream({ format: 'sse' }));
  response.on('close', () => events.destroy()); // ends the stream and its polling
  events.on('error', (error) => response.destroy(error)).pipe(response);
});

app.use((error, _request, response, _next) => {
  const status = error instanceof InvalidArgumentError ? 400 : error instanceof JulesError ? 502 : (error.status ?? 500);
  response.status(status).json({ code: error.code, message: error.message });
});

if (process.argv[1] === import.meta.filename) app.listen(3000, '127.0.0.1');
