// Calls that report changes to `onUpdate`. The core does not handle errors and promises of callers, so this module keeps what
// `onUpdate` throws and what its promises reject with. Comes with the WebAssembly.
import { left, now, timer } from './clock.js';
import { AbortError, TimeoutError } from './errors.js';

/** Runs `call` with an `onUpdate` whose errors and rejections end it. `convert` makes sessions of what the core reports. */
export async function notifying(title, options, call, convert) {
  const { onUpdate, signal } = options;
  if (!onUpdate) return call(options);

  const begun = now();
  const own = new AbortController();
  const follow = () => own.abort(signal.reason);
  const pending = [];
  let failure;
  const fail = (error) => {
    failure ??= { error };
    own.abort();
  };
  const update = (session) => {
    try {
      pending.push(Promise.resolve(onUpdate(convert(session))).catch(fail));
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  };
  if (signal?.aborted) follow();
  else signal?.addEventListener('abort', follow);
  const bounds = { ...options, signal: own.signal };
  try {
    const result = await call({ ...bounds, onUpdate: update });
    await settled(title, pending, bounds, begun);
    if (!failure) return result;
  } catch (error) {
    if (!failure) throw error;
  } finally {
    signal?.removeEventListener('abort', follow);
  }
  throw failure.error;
}

/** Waits for the promises of `onUpdate`, within the bounds of the call. */
function settled(title, pending, { signal, timeoutMs, wholeMs }, begun) {
  let cancel = () => {};
  return new Promise((resolve, reject) => {
    Promise.all(pending).then(resolve);
    const aborted = () => {
      reject(new AbortError(`${title} was aborted by its signal. It sends no further request.`, { cause: signal.reason }));
    };
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted);
    if (timeoutMs === undefined) return;
    const late = () => {
      const message = `${title} did not finish within ${wholeMs} ms (timeoutMs): a promise of onUpdate is still pending.`;
      reject(new TimeoutError(message));
    };
    cancel = timer(left(timeoutMs, begun), late);
  }).finally(() => cancel());
}
