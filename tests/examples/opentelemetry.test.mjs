/** The example of OpenTelemetry: real spans of its SDK, on the emulator. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { connect } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

import { project, runProgram } from '../package/tools.mjs';

const folder = join(project, 'examples', 'opentelemetry');
const require = createRequire(join(folder, 'run.mjs'));
const { trace, SpanStatusCode } = require('@opentelemetry/api');
const { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
after(() => provider.shutdown());
const { traced } = await import(pathToFileURL(join(folder, 'tracing.mjs')).href);

test('each attempt is a span below the span of its caller, with its status and the header traceparent', async () => {
  const emulator = await createEmulator({ clock: 'virtual', faults: [{ on: 'get', times: 1, fault: { status: 503 } }, { on: 'get', times: 1, fault: { refuse: true } }] });
  const parents = [];
  const fetch = (url, init) => (parents.push(init.headers.traceparent), emulator.fetch(url, init));
  const tracer = trace.getTracer('test');
  const config = { rateLimitRetry: { baseDelayMs: 1, maxDelayMs: 2 } };
  const jules = connect({ ...emulator, fetch, config, aroundAttempt: traced(tracer) });
  await Promise.all(['one', 'two'].map((name) => tracer.startActiveSpan(name, async (span) => {
    const session = await jules.session({ prompt: name });
    if (name === 'one') await session.info({ activities: false });
    span.end();
  })));
  const spans = exporter.getFinishedSpans();
  const below = (name) => {
    const { spanId, traceId } = spans.find((span) => span.name === name).spanContext();
    const own = spans.filter((span) => span.parentSpanContext?.spanId === spanId);
    for (const span of own) assert.equal(span.spanContext().traceId, traceId);
    return own.map((span) => [span.name, span.attributes['http.response.status_code'] ?? span.attributes['error.type'],
      span.attributes['http.request.resend_count'] ?? 0, span.status.code === SpanStatusCode.ERROR]);
  };
  assert.deepEqual(below('one'), [['POST', 200, 0, false], ['GET', 503, 0, true], ['GET', 'TypeError', 1, true], ['GET', 200, 2, false]]);
  assert.deepEqual(below('two'), [['POST', 200, 0, false]]);
  const ids = spans.filter(({ name }) => name !== 'one' && name !== 'two').map((span) => span.spanContext().spanId);
  assert.deepEqual(parents.map((parent) => parent.split('-')[2]).sort(), ids.sort());
  assert.ok(!JSON.stringify(spans.map(({ attributes }) => attributes)).includes(emulator.apiKey));
});

test('the example prints the spans of a session', async () => {
  const { JULES_API_KEY, ...env } = process.env;
  const { code, stdout, stderr } = await runProgram(process.execPath, [join(folder, 'run.mjs')], { env });
  assert.equal(code, 0, stderr);
  for (const words of ["name: 'POST'", "'http.response.status_code': 503", "'http.request.resend_count': 1", "name: 'write hello.ts'"]) {
    assert.ok(stdout.includes(words), `${words} is missing in:\n${stdout}`);
  }
});
