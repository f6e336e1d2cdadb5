/**
 * Where the examples run: on the real service if JULES_API_KEY is set, else on an emulator of it in this process. Your
 * own program needs none of this: `import { jules } from 'jules-wasm'` is enough.
 */
import { connect, jules } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

const hasKey = Boolean(process.env.JULES_API_KEY);

/** A client of the service, or of an emulator with these options. */
export function openJules({ live = hasKey, ...options } = {}) {
  if (live && !hasKey) exit('Set JULES_API_KEY to an API key of yours, or leave --live away to use the emulator.');
  if (live) return jules;
  const { fetch, apiKey } = createEmulator({ stepMs: 50, ...options });
  return connect({ fetch, apiKey, config: { pollingIntervalMs: 50 } });
}

/** The repository on the command line: `owner/repo [branch]`. The emulator needs none, the service one of yours. */
export function repositoryFrom([github, baseBranch = 'main']) {
  if (github) return { github, baseBranch };
  if (hasKey) exit('With JULES_API_KEY set, say which of your repositories to work on: owner/repo [branch]');
  return { github: 'bobalover/boba', baseBranch };
}

function exit(message) {
  console.error(message);
  process.exit(2);
}
