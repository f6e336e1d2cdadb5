// Calls that tell a caller's function of changes. The core passes no errors of the caller's on and knows no promises of
// his, so what `onUpdate` throws and what its promises reject with is kept here.
import { AbortError, TimeoutError } from './errors.js';
import { optionsOf } from './given.js';
import { withSharedSignal } from './signals.js';

/** `call` with these options, and with an `onUpdate` that ends it by what it throws, or its promise rejects with. */
export async function told(name, given, call) {
  const options = optionsOf(given);
  const { onUpdate, signal } = withSharedSignal(options) ?? {};
  const isSignal = signal == null || typeof signal.aborted === 'boolean';
  if (typeof onUpdate !== 'function' || !isSignal) return call(options);

  const begun = Date.now();
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
      pending.push(Promise.resolve(onUpdate(session)).catch(fail));
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
    await settled(name, pending, bounds, begun);
    if (!failure) return result;
  } catch (error) {
    if (!failure) throw error;
  } finally {
    signal?.removeEventListener('abort', follow);
  }
  throw failure.error;
}

/** The longest that a timer takes; what is longer it takes for nothing. */
const LONGEST_MS = 2 ** 31 - 1;

/** Waits for what `onUpdate` has begun, within the bounds of the call. */
function settled(name, pending, { signal, timeoutMs }, begun) {
  let timer;
  return new Promise((resolve, reject) => {
    Promise.all(pending).then(resolve);
    const aborted = () => reject(new AbortError(`${name}() was aborted by its signal. Nothing more is sent for it.`, { cause: signal.reason }));
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted);
    if (timeoutMs == null) return;
    const late = () => reject(new TimeoutError(`${name}() was not done within ${timeoutMs} ms (timeoutMs): a promise of onUpdate has not ended.`));
    timer = setTimeout(late, Math.min(timeoutMs - (Date.now() - begun), LONGEST_MS));
  }).finally(() => clearTimeout(timer));
}
