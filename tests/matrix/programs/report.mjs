// Reports the result of a page or worker, and what was written to its console. Imported first, so that no warning is missed.
import { reportUrl } from './service.mjs';

const complaints = [];
const text = (value) => String(value?.stack ?? value);

// On the server, where Next.js renders its pages first, nothing is collected.
if (globalThis.addEventListener) {
  for (const level of ['warn', 'error']) {
    const write = console[level];
    console[level] = (...args) => {
      complaints.push(`warning: ${args.map(text).join(' ')}`);
      write.apply(console, args);
    };
  }
  globalThis.addEventListener('error', ({ message, error }) => complaints.push(`warning: uncaught ${text(error ?? message)}`));
  globalThis.addEventListener('unhandledrejection', ({ reason }) => complaints.push(`warning: unhandled ${text(reason)}`));
}

const post = (path, body) => fetch(reportUrl + path, { method: 'POST', body: JSON.stringify(body) });

/** What was downloaded before `run` is the entry; the rest is loaded later. */
export async function report(run) {
  await post('begin');
  const result = await run().catch(text);
  await post('end', { result, complaints });
}
