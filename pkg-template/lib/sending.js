// Sends the attempts of requests for the core: by the caller's `fetch` or the runtime's, within the caller's `aroundAttempt`. It comes with
// the WebAssembly, since before that there are no requests.
import { JulesLoadError } from './errors.js';

/**
 * The function that the core calls instead of `fetch`, with the number of the attempt. What `fetch` throws at once is thrown at once:
 * it proves to the core that nothing was sent. `callInProgress` returns the call that the request belongs to.
 */
export function sendingOf({ fetch, aroundAttempt }, callInProgress) {
  return (url, init, attempt) => {
    const send = (headers) => (fetch ?? globalThis.fetch)(url, headers ? { ...init, headers: { ...headers, ...init.headers } } : init);
    const answer = aroundAttempt ? within(aroundAttempt, { method: init.method, url, attempt }, send) : send();
    const record = callInProgress()?.record;
    if (!record) return answer;
    return Promise.resolve(answer).then((response) => {
      Object.assign(record, { response, attempts: attempt });
      return response;
    });
  };
}

/** Runs `around`, which only observes: the result is that of `fetch`, whatever it returns or throws, and the request is sent once. */
async function within(around, attempt, send) {
  let sent;
  const once = (headers) => {
    sent ??= (async () => send(headers))();
    // It may fail while `around` waits for something else.
    sent.catch(() => {});
    return sent;
  };
  try {
    await around(attempt, once);
  } catch {
    // An error of `fetch` is returned below; another one must not fail the request.
  }
  return once();
}

/** Rejects runtimes without `fetch`, where every attempt would fail. */
export function checkFetch({ fetch }) {
  if (fetch || typeof globalThis.fetch === 'function') return;
  throw new JulesLoadError(
    'fetch is not defined here. No request was sent. Pass the option `fetch`, or in Jest with jsdom use the environment jest-fixed-jsdom.',
  );
}
