// The entries have types under all compiler settings of users.
import { connect, jules, JulesBatchError, JulesError, JulesLoadError, JulesRateLimitError, preload } from 'jules-wasm';
import { parseUnidiff, type ParsedFile } from 'jules-wasm/diff';
import { createEmulator } from 'jules-wasm/emulator';
import emulatorModule from 'jules-wasm/emulator.wasm';
import clientModule from 'jules-wasm/jules.wasm';
import * as inline from 'jules-wasm/inline';
import * as slim from 'jules-wasm/slim';
import * as types from 'jules-wasm/types';
import type {
  Activity, ListSessionsResponse, ListSourcesOptions, SelectOptions, SerializedSnapshot, SessionInsights, SessionOutcome, SessionSnapshot,
  SnapshotField, StreamActivitiesOptions, TimelineEntry, ToJSONOptions,
} from 'jules-wasm/types';

slim.init(clientModule);
slim.init(emulatorModule);
// @ts-expect-error the module, not its URL
slim.init('jules.wasm');

const given: types.SessionConfig = { prompt: 'Write hello.ts' };

const files: ParsedFile[] = [...parseUnidiff(''), ...parseUnidiff(undefined), ...parseUnidiff(null)];
const sameClient: typeof jules = slim.jules;
const inOnePiece: typeof jules = inline.jules;
const loaded: Promise<void> = preload();
const notSent: 'notSent' = new JulesLoadError('why').outcome;
const error: Error = new JulesError('why');
const made: JulesError[] = [new JulesBatchError('why'), new JulesRateLimitError('why', { status: 429 })];

for (const headers of [{ a: 'b' }, new Map([['a', 'b']]), new Headers({ a: 'b' })]) connect({ headers });

const session = jules.session('1');
const numbers: number[] = [];
void session.result({ onUpdate: ({ state }) => numbers.push(state.length) });
void session.wait({ onUpdate: async ({ state }) => state });

export { connect, createEmulator, error, files, given, inOnePiece, loaded, made, notSent, sameClient };

// Optional properties accept undefined under all settings.
export async function handsOn(given: { key?: string; title?: string; signal?: AbortSignal; timeoutMs?: number }) {
  const { key: apiKey, title, signal, timeoutMs } = given;
  const client = connect({ apiKey, baseUrl: undefined, fetch: undefined, headers: undefined, logger: undefined,
    throwOnFailure: undefined, onUnknownOutcome: undefined,
    config: { pollingIntervalMs: undefined, rateLimitRetry: { maxRetryTimeMs: undefined, baseDelayMs: undefined } } });
  const source = title === undefined ? undefined : { github: 'o/r', baseBranch: 'main', workingBranch: undefined };
  const run = await client.run({ prompt: 'p', source, title, requireApproval: undefined, autoPr: undefined }, { signal, timeoutMs });
  await run.result({ signal, timeoutMs, throwOnFailure: undefined, onUpdate: undefined });
  await run.wait({ signal, until: undefined, stallMs: undefined, onUpdate: undefined });
  await run.info({ signal, activities: undefined });
  run.stream({ signal, after: undefined, follow: undefined, exclude: undefined });
  await client.all(['p'], (prompt) => ({ prompt, title }), { signal, timeoutMs, concurrency: undefined, delayMs: undefined });
  return client.sessions({ signal, limit: undefined, pageSize: undefined, pageToken: undefined, filter: undefined });
}

// The types of jules-wasm/types are those of the package.
export async function report(): Promise<[SessionSnapshot, Activity[], TimelineEntry | undefined, SessionInsights, Partial<SerializedSnapshot>]> {
  const fields: SnapshotField[] = ['state', 'generatedFiles'];
  const options: ToJSONOptions = { include: fields, exclude: undefined };
  const wanted: SelectOptions = { type: 'planGenerated', order: 'desc', limit: 1, after: undefined };
  const streaming: StreamActivitiesOptions = { exclude: { originator: 'user' } };
  const snapshot = await session.snapshot({ activities: true });
  session.stream(streaming);
  const created: number = await session.activities.hydrate({ timeoutMs: 1 });
  numbers.push(created);
  return [snapshot, await session.activities.select(wanted), snapshot.timeline[0], snapshot.insights, snapshot.toJSON(options)];
}
export async function listed(options: ListSourcesOptions): Promise<ListSessionsResponse> {
  return jules.sessions(options);
}
export function contentOf(outcome: SessionOutcome, base: string): string | undefined {
  return outcome.generatedFiles().get('x')?.apply(base);
}
