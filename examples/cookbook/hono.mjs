/** Sessions over HTTP with Hono, on Node, Deno, Bun or an edge runtime: POST /sessions, GET /sessions/ID/events. */
import { Hono } from 'hono';
import { InvalidArgumentError, jules, JulesError } from 'jules-wasm';

const app = new Hono();

app.post('/sessions', async (context) => {
  const { prompt } = await context.req.json().catch(() => ({}));
  const { id } = await jules.run({ prompt });
  return context.json({ id }, 201);
});

app.get('/sessions/:id/events', (context) => {
  // A browser that reconnects sends the id of the last event, which is a cursor.
  const after = context.req.header('last-event-id');
  const stream = jules.session(context.req.param('id')).stream({ after, signal: context.req.raw.signal });
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
  return new Response(stream.toReadableStream({ format: 'sse' }), { headers });
});

app.onError((error, context) => {
  const status = error instanceof InvalidArgumentError ? 400 : error instanceof JulesError ? 502 : 500;
  return context.json({ code: error.code, message: error.message }, status);
});

export default app;
