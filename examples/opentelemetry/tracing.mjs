/**
 * Spans of jules-wasm for OpenTelemetry: one for each attempt of a request, with the attributes of its semantic conventions for HTTP
 * clients, below the active span. The trace context goes to the service in the header `traceparent`.
 *
 *   connect({ aroundAttempt: traced(trace.getTracer('jules-wasm')) })
 */
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** The option `aroundAttempt` with this tracer. */
export function traced(tracer) {
  return async ({ method, url, attempt }, send) => {
    const { hostname, port } = new URL(url);
    const attributes = {
      'http.request.method': method,
      'url.full': url,
      'server.address': hostname,
      ...(port && { 'server.port': Number(port) }),
      ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
    };
    const span = tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes });
    const headers = {};
    propagation.inject(trace.setSpan(context.active(), span), headers);
    try {
      const { status } = await send(headers);
      span.setAttribute('http.response.status_code', status);
      if (status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
    } catch (error) {
      span.setAttribute('error.type', error.name);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    } finally {
      span.end();
    }
  };
}
