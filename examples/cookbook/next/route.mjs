/** A route of Next.js that follows a session: app/api/sessions/[id]/events/route.js, for the Node and the edge runtime. */
import { InvalidArgumentError, jules } from 'jules-wasm';

export const dynamic = 'force-dynamic';

export async function GET(request, { params }) {
  const { id } = await params;
  try {
    const after = request.headers.get('last-event-id') ?? undefined;
    const stream = jules.session(id).stream({ after, signal: request.signal });
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
    return new Response(stream.toReadableStream({ format: 'sse' }), { headers });
  } catch (error) {
    if (error instanceof InvalidArgumentError) return Response.json({ message: error.message }, { status: 400 });
    throw error;
  }
}
