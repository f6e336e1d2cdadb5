/**
 * Runs a session and prints its spans: on the emulator, whose first response is 503, or on the service if JULES_API_KEY is set.
 *
 *   npm ci && node run.mjs
 */
import { trace } from '@opentelemetry/api';
import { ConsoleSpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

import { openJules } from '../lib/service.mjs';
import { traced } from './tracing.mjs';

const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())] });
provider.register();

const tracer = trace.getTracer('example');
const faults = [{ on: 'get', times: 1, fault: { status: 503 } }];
const jules = (await openJules({ faults })).with({ aroundAttempt: traced(tracer) });

await tracer.startActiveSpan('write hello.ts', async (span) => {
  const run = await jules.run({ prompt: 'Write hello.ts' });
  const { state } = await run.info({ activities: false });
  span.setAttribute('jules.state', state).end();
});
await provider.shutdown();
