// The client of the environment. The package's name is replaced where the matrix names another entry.
import { AbortError, connect, InvalidArgumentError, JulesApiError, JulesError, JulesNetworkError, parseUnidiff, TimeoutError } from 'jules-wasm';

import { conformance } from './conformance.mjs';
import { baseUrl } from './service.mjs';

const client = { AbortError, connect, InvalidArgumentError, JulesApiError, JulesError, JulesNetworkError, parseUnidiff, TimeoutError };

/** Over HTTP. `others` replaces exports and `createEmulator` adds the emulator in process. */
export const program = ({ others, createEmulator } = {}) => conformance({ ...client, ...others }, { baseUrl, createEmulator });
