/**
 * The client of the examples: for the service if JULES_API_KEY is set, otherwise for an emulator in this process. Your own
 * program needs none of this: `import { jules } from 'jules-wasm'` is enough.
 */
import { connect, jules } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

const hasKey = Boolean(process.env.JULES_API_KEY);

/** Returns a client for the service, or for an emulator with these options. */
export async function openJules({ live = hasKey, ...options } = {}) {
  if (live && !hasKey) exit('Set JULES_API_KEY to your API key, or omit --live to use the emulator.');
  if (live) return jules;
  const { fetch, apiKey } = await createEmulator({ stepMs: 50, ...options });
  return connect({ fetch, apiKey, config: { pollingIntervalMs: 50 } });
}

/** The repository in the arguments: `owner/repo [branch]`. Required for the service, optional for the emulator. */
export function repositoryFrom([github, baseBranch = 'main']) {
  if (github) return { github, baseBranch };
  if (hasKey) exit('With JULES_API_KEY set, name one of your repositories: owner/repo [branch]');
  return { github: 'bobalover/boba', baseBranch };
}

function exit(message) {
  console.error(message);
  process.exit(2);
}
