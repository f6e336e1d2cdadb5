/**
 * Loaded before an example that believes to be live: requests to the service go to an emulator, and its waits are a
 * hundredth as long.
 */
import { createEmulator } from 'jules-wasm/emulator';

const { fetch } = await createEmulator({ stepMs: 20, scenario: process.env.JULES_TEST_SCENARIO ?? 'question', apiKey: 'key-of-the-test' });
const { setTimeout } = globalThis;

globalThis.fetch = (input, init) => {
  const { hostname } = new URL(input instanceof Request ? input.url : input);
  if (hostname !== 'jules.googleapis.com') throw new Error(`a request to ${hostname}`);
  return fetch(input, init);
};
globalThis.setTimeout = (callback, ms, ...args) => setTimeout(callback, ms / 100, ...args);
