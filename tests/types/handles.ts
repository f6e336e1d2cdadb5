// What the methods of clients, sessions and streams return, depending on their options.
import { expectTypeOf } from 'expect-type';
import { connect, jules, preload } from 'jules-wasm';
import type {
  Activity, ActivityAgentMessaged, ActivityClient, ActivityStream, AutomatedSession, Bytes, GeneratedFile, GeneratedFiles,
  JulesClient, JulesPromise, LightActivity, ListActivitiesResponse, ListSessionsResponse, MediaArtifact, Outcome, SessionClient, SessionInfo, SessionOutcome, SessionResource, Source,
  WaitResult, WithResponse,
} from 'jules-wasm';

const flag = Math.random() > 0.5;

export async function session(handle: SessionClient) {
  // The activities are there, unless they are left out.
  expectTypeOf(await handle.info()).toEqualTypeOf<SessionInfo>();
  expectTypeOf((await handle.info({ timeoutMs: 1 })).activities).toEqualTypeOf<Activity[]>();
  expectTypeOf((await handle.info({ activities: true })).activities).toEqualTypeOf<Activity[]>();
  expectTypeOf((await handle.info({ activities: undefined })).activities).toEqualTypeOf<Activity[]>();
  expectTypeOf(await handle.info({ activities: false })).toEqualTypeOf<SessionResource>();
  expectTypeOf(await handle.info({ activities: flag })).toEqualTypeOf<SessionResource>();
  // @ts-expect-error they may be missing
  (await handle.info({ activities: false })).activities.length;

  expectTypeOf(await handle.waitFor('completed')).toEqualTypeOf<SessionResource>();
  expectTypeOf(await handle.wait()).toEqualTypeOf<WaitResult>();
  expectTypeOf(await handle.ask('?')).toEqualTypeOf<ActivityAgentMessaged>();
  expectTypeOf(await handle.send('!')).toEqualTypeOf<void>();
  expectTypeOf(await handle.approve()).toEqualTypeOf<void>();
  expectTypeOf(await handle.archive()).toEqualTypeOf<void>();
  expectTypeOf(await handle.unarchive()).toEqualTypeOf<void>();
  expectTypeOf(await handle.delete()).toEqualTypeOf<void>();
  expectTypeOf(handle.activities).toEqualTypeOf<ActivityClient>();
  expectTypeOf(await handle.activities.list({ pageSize: 1 })).toEqualTypeOf<ListActivitiesResponse>();
  expectTypeOf(await handle.activities.get('1')).toEqualTypeOf<Activity>();
  // @ts-expect-error an unknown state
  await handle.waitFor('done');
  // @ts-expect-error an unknown option
  await handle.result({ timeout: 1 });
}

export async function outcome(handle: SessionClient) {
  const done = await handle.result();
  expectTypeOf(done).toEqualTypeOf<SessionOutcome>();
  expectTypeOf<Outcome>().toEqualTypeOf<SessionOutcome>();
  expectTypeOf(done.state).toEqualTypeOf<'completed' | 'failed'>();
  expectTypeOf(done.generatedFiles()).toEqualTypeOf<GeneratedFiles>();
  expectTypeOf(done.generatedFiles().get('x')).toEqualTypeOf<GeneratedFile | undefined>();
  for (const file of done.generatedFiles()) expectTypeOf(file.content).toEqualTypeOf<string | undefined>();
  done.generatedFiles().filter('renamed');
  // @ts-expect-error an unknown change type
  done.generatedFiles().filter('new');
  // @ts-expect-error outcomes are read-only
  done.title = '';
}

export async function streams(handle: SessionClient) {
  for (const open of [handle.stream, handle.history, handle.updates, handle.activities.stream] as const) {
    expectTypeOf(open()).toEqualTypeOf<ActivityStream>();
    expectTypeOf(open({ artifacts: true, follow: true })).toEqualTypeOf<ActivityStream>();
    expectTypeOf(open({ artifacts: false })).toEqualTypeOf<ActivityStream<LightActivity>>();
    expectTypeOf(open({ artifacts: flag })).toEqualTypeOf<ActivityStream<Activity | LightActivity>>();
  }
  await using stream = handle.stream();
  for await (const activity of stream) expectTypeOf(activity).toEqualTypeOf<Activity>();
  const next = await stream.next();
  if (!next.done) expectTypeOf(next.value).toEqualTypeOf<Activity>();
  expectTypeOf(stream[Symbol.asyncIterator]()).toEqualTypeOf<ActivityStream>();
  new Response(stream.toReadableStream({ format: 'sse' }), { headers: { 'content-type': 'text/event-stream' } });
  const iterable: AsyncIterable<Activity> = handle.history();
  return iterable;
}

/** Bytes are what platforms take as the body of a response. */
export const respond = (image: MediaArtifact): Response => new Response(image.bytes());
expectTypeOf<ReturnType<MediaArtifact['bytes']>>().toEqualTypeOf<Bytes>();
expectTypeOf<Bytes>().toMatchTypeOf<Uint8Array>();

export async function client() {
  expectTypeOf(jules).toEqualTypeOf<JulesClient>();
  expectTypeOf(connect()).toEqualTypeOf<JulesClient>();
  expectTypeOf(jules.with({ apiKey: 'key' })).toEqualTypeOf<JulesClient>();
  expectTypeOf(preload()).toEqualTypeOf<Promise<void>>();
  expectTypeOf(jules.session('1')).toEqualTypeOf<SessionClient>();
  expectTypeOf(jules.session({ prompt: 'p' })).toEqualTypeOf<JulesPromise<SessionClient>>();
  expectTypeOf(await jules.session({ prompt: 'p' }).withResponse()).toEqualTypeOf<WithResponse<SessionClient>>();
  expectTypeOf(await jules.request('GET /sessions', { query: { pageSize: 1 } })).toEqualTypeOf<unknown>();
  expectTypeOf(jules.run({ prompt: 'p' })).toEqualTypeOf<JulesPromise<AutomatedSession>>();
  expectTypeOf(jules.all([1], async (item) => ({ prompt: item.toFixed() }))).toEqualTypeOf<Promise<AutomatedSession[]>>();
  expectTypeOf(await jules.sessions()).toEqualTypeOf<ListSessionsResponse>();
  expectTypeOf(jules.sessions().all()).toEqualTypeOf<Promise<SessionResource[]>>();
  for await (const listed of jules.sessions()) expectTypeOf(listed).toEqualTypeOf<SessionResource>();
  for await (const source of jules.sources()) expectTypeOf(source).toEqualTypeOf<Source>();
  expectTypeOf(await jules.sources.get({ github: 'o/r' })).toEqualTypeOf<Source | undefined>();
  // @ts-expect-error a session needs a prompt
  void jules.run({});
  // @ts-expect-error a source needs a branch
  void jules.run({ prompt: 'p', source: { github: 'o/r' } });
  // @ts-expect-error an unknown option
  connect({ apikey: 'key' });
  // @ts-expect-error an unknown option
  connect({ config: { pollInterval: 1 } });
}
