// The entries have types under every setting that users compile with.
import { connect, jules, JulesBatchError, JulesError, JulesRateLimitError } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';
import emulatorModule from 'jules-wasm/emulator.wasm';
import clientModule from 'jules-wasm/jules.wasm';
import * as slim from 'jules-wasm/slim';

slim.init(clientModule);
slim.init(emulatorModule);
// @ts-expect-error the module, not where it is
slim.init('jules.wasm');

const sameClient: typeof jules = slim.jules;
const error: Error = new JulesError('why');
const made: JulesError[] = [new JulesBatchError('why'), new JulesRateLimitError('why', { status: 429 })];

for (const headers of [{ a: 'b' }, new Map([['a', 'b']]), new Headers({ a: 'b' })]) connect({ headers });

const session = jules.session('1');
const numbers: number[] = [];
void session.result({ onUpdate: ({ state }) => numbers.push(state.length) });
void session.wait({ onUpdate: async ({ state }) => state });

export { connect, createEmulator, error, made, sameClient };
