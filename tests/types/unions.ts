// Activities, artifacts, outputs, sources and reasons are discriminated unions: a switch with a case for `unknown` is exhaustive.
import { expectTypeOf } from 'expect-type';
import type {
  Activity, ActivityPlanGenerated, Artifact, LightActivity, Output, Plan, PullRequest, SessionOutput, SessionState, Source, WaitResult,
} from 'jules-wasm';

export function textOf(activity: Activity): string {
  switch (activity.type) {
    case 'agentMessaged':
    case 'userMessaged':
      return activity.message;
    case 'planGenerated':
      return activity.plan.steps.map(({ title }) => title).join();
    case 'planApproved':
      return activity.planId;
    case 'progressUpdated':
      return activity.title + activity.description;
    case 'sessionCompleted':
      return activity.createTime;
    case 'sessionFailed':
      return activity.reason;
    case 'unknown':
      return JSON.stringify(activity.raw);
  }
}

export function withoutUnknown(activity: Activity): string | undefined {
  if (activity.type === 'unknown') return;
  // @ts-expect-error only an unknown activity has `raw`
  activity.raw;
  // @ts-expect-error the other activities have no message
  return activity.message;
}

export function sizeOf(artifact: Artifact): number {
  switch (artifact.type) {
    case 'changeSet':
      return artifact.parsed().summary.totalFiles + artifact.gitPatch.unidiffPatch.length;
    case 'media':
      return artifact.bytes().length + artifact.toUrl().length + artifact.format.length;
    case 'bashOutput':
      return artifact.exitCode + artifact.stdout.length + artifact.stderr.length;
    case 'unknown':
      return JSON.stringify(artifact.raw).length;
    default:
      return nothingElse(artifact);
  }
}

export function urlOf(output: Output): string {
  switch (output.type) {
    case 'pullRequest':
      return output.pullRequest.url;
    case 'changeSet':
      return output.changeSet.source;
    case 'unknown':
      return String(output.raw);
    default:
      return nothingElse(output);
  }
}

export function repositoryOf(source: Source): string {
  switch (source.type) {
    case 'githubRepo':
      return `${source.githubRepo.owner}/${source.githubRepo.repo}`;
    case 'unknown':
      return source.name + String(source.raw);
    default:
      return nothingElse(source);
  }
}

export function adviceOn(waited: WaitResult): string | number {
  switch (waited.reason) {
    case 'needsApproval':
      expectTypeOf(waited.plan).toEqualTypeOf<Plan | undefined>();
      return waited.plan?.id ?? '';
    case 'needsReply':
      return waited.question ?? '';
    case 'stalled':
      return waited.silentMs;
    case 'reached':
    case 'completed':
    case 'failed':
    case 'paused':
    case 'unknownState':
      return waited.session.state;
    default:
      return nothingElse(waited);
  }
}

const nothingElse = (nothing: never): never => nothing;

/** An activity without artifacts narrows as one with them, and can be named by its type. */
export async function light(activity: LightActivity, planned: LightActivity<ActivityPlanGenerated>) {
  expectTypeOf(activity.artifacts).toEqualTypeOf<Artifact[] | undefined>();
  expectTypeOf(activity.type).toEqualTypeOf<Activity['type']>();
  expectTypeOf(planned.plan).toEqualTypeOf<Plan>();
  if (activity.type === 'planGenerated') expectTypeOf(activity.plan).toEqualTypeOf<Plan>();
  if (activity.type === 'progressUpdated') expectTypeOf(activity.description).toEqualTypeOf<string>();
  return (await activity.loadArtifacts()).map(sizeOf);
}

expectTypeOf<SessionOutput>().toEqualTypeOf<Output>();
expectTypeOf<Extract<Output, { type: 'pullRequest' }>['pullRequest']>().toEqualTypeOf<PullRequest>();
expectTypeOf<SessionState>().toEqualTypeOf<
  'unspecified' | 'queued' | 'planning' | 'awaitingPlanApproval' | 'awaitingUserFeedback' | 'inProgress' | 'paused' | 'failed' | 'completed'
>();
