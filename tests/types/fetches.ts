// The fetch of a platform, a wrapper and an emulator are options of a client.
import { connect, type FetchInit, type FetchResponse, type JulesOptions } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

connect({ fetch });
connect({ fetch: globalThis.fetch });
connect({ fetch: (url, init) => fetch(url, init) });
connect({ fetch: async (url, init = {}) => fetch(url, { ...init, redirect: 'manual' }) });
connect({ fetch: async () => new Response('{}', { status: 200 }) });

// A test needs no whole Response.
export const mocked = async (_url: string, init?: FetchInit): Promise<FetchResponse> => ({
  status: init?.method === 'POST' ? 503 : 200,
  headers: { get: (name) => (name === 'retry-after' ? '1' : null) },
  text: async () => '{}',
});
connect({ fetch: mocked });
// @ts-expect-error it resolves with no response
connect({ fetch: async () => '{}' });

export async function throughOwnFetch(options: JulesOptions) {
  const { fetch: emulated } = await createEmulator();
  const response: Response = await emulated('https://jules.googleapis.com/v1alpha/sessions', { method: 'GET' });
  await emulated(new URL('https://jules.googleapis.com/v1alpha/sessions'));
  return [connect({ ...options, fetch: emulated }), response] as const;
}
