// The promises of calls, by which callers also get the HTTP response.

/** The promise of `call`, with a method `withResponse()`. `call` gets the object in which lib/sending.js records the response. */
export function withResponse(call) {
  const record = { response: undefined, attempts: 0 };
  const promise = call(record);
  const value = async () => ({ data: await promise, ...record });
  // Not a class of its own, and not enumerable, so that it is printed as any other promise.
  return Object.defineProperty(promise, 'withResponse', { value });
}
