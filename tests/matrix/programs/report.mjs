// Reports the result of a page or worker, and what it wrote to its console.
import { reportUrl } from './service.mjs';

const text = (value) => String(value?.stack ?? value);

const post = (path, body) => fetch(reportUrl + path, { method: 'POST', body: JSON.stringify(body) });

/** What was downloaded before `run` is the entry; the rest is loaded later. */
export async function report(run) {
  const complaints = listen();
  await post('begin');
  const result = await run().catch(text);
  await post('end', { result, complaints });
}

/** Collects warnings and errors. */
function listen() {
  const complaints = [];
  for (const level of ['warn', 'error']) {
    const write = console[level];
    console[level] = (...args) => {
      complaints.push(`${level}: ${args.map(text).join(' ')}`);
      write.apply(console, args);
    };
  }
  globalThis.addEventListener('error', ({ message, error }) => complaints.push(`uncaught: ${text(error ?? message)}`));
  globalThis.addEventListener('unhandledrejection', ({ reason }) => complaints.push(`unhandled: ${text(reason)}`));
  return complaints;
}
