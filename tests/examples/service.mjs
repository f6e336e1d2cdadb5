/**
 * Loaded before an example: its requests to the service go to the emulator at JULES_TEST_SERVICE, and its waits are a hundredth as
 * long.
 */
const SERVICE = 'https://jules.googleapis.com/v1alpha';
const { fetch, setTimeout } = globalThis;

globalThis.fetch = (url, init) => {
  const address = String(url);
  return fetch(address.startsWith(SERVICE) ? process.env.JULES_TEST_SERVICE + address.slice(SERVICE.length) : url, init);
};
globalThis.setTimeout = (callback, ms, ...args) => setTimeout(callback, ms / 100, ...args);
