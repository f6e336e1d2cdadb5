import type { GeneratedFile } from './files.js';
import type { CallOptions } from './options.js';

/**
 * The states of a session. `unspecified`: the service sent no state, or one that this version of the package does not know
 * (see `rawState`). Only `completed` and `failed` are terminal.
 */
export type SessionState =
  | 'unspecified'
  | 'queued'
  | 'planning'
  | 'awaitingPlanApproval'
  | 'awaitingUserFeedback'
  | 'inProgress'
  | 'paused'
  | 'failed'
  | 'completed';

/** A session as returned by the service. Plain data. */
export interface SessionResource {
  /** Resource name, `sessions/{id}`. */
  name: string;
  /** The id, the last part of `name`. */
  id: string;
  /** The task for the agent. */
  prompt: string;
  /** The title. One derived by the service can be as long as the prompt. */
  title: string;
  /** The URL of the session's page in the Jules web app. */
  url: string;
  /** The state. */
  state: SessionState;
  /** The service's name of the state, if this version of the package does not know it. */
  rawState?: string;
  /** When the session was created, in RFC 3339 with microseconds. Empty if the service sent none. */
  createTime: string;
  /** When the session last changed, in RFC 3339 with microseconds. Empty if the service sent none. */
  updateTime: string;
  /** Whether the session is archived: `jules.sessions()` leaves it out. */
  archived: boolean;
  /** The repository. Missing for a repoless session. */
  sourceContext?: SourceContext;
  /** The outputs. The service often leaves this empty, even for completed sessions. */
  outputs: Output[];
  /** All activities, oldest first. Only in the result of `info()`: see {@link SessionInfo}. */
  activities?: Activity[];
}

/** A session with its activities, as `info()` returns it. */
export interface SessionInfo extends SessionResource {
  /** All activities, oldest first. A new array at each call. */
  activities: Activity[];
}

/** The repository that a session works on. */
export interface SourceContext {
  /** Resource name, `sources/github/{owner}/{repo}`. */
  source: string;
  /** The branch that the session started from. */
  githubRepoContext?: {
    /** The name of the branch. */
    startingBranch: string;
  };
  /** The branch to push to, if the create set one. */
  workingBranch?: string;
  /** Whether the agent has access to the environment variables of the repository. */
  environmentVariablesEnabled: boolean;
}

/** One output of a session. */
export type Output =
  | {
      /** A pull request that the agent has opened. */
      type: 'pullRequest';
      /** The pull request. */
      pullRequest: PullRequest;
    }
  | {
      /** Changes of files. */
      type: 'changeSet';
      /** The changes. */
      changeSet: ChangeSet;
    }
  | {
      /** An output of a type that this version of the package does not know. */
      type: 'unknown';
      /** The output as sent by the service. */
      raw: unknown;
    };

/** An alias of {@link Output}, with the name of the official SDK. */
export type SessionOutput = Output;

/** A pull request opened by the agent. */
export interface PullRequest {
  /** Its URL. */
  url: string;
  /** Its title. */
  title: string;
  /** Its description. */
  description: string;
  /** The branch to merge into. */
  baseRef?: string;
  /** The branch with the changes. */
  headRef?: string;
}

/** Changes to a repository, or to the empty folder of a repoless session. */
export interface ChangeSet {
  /** Resource name of the repository; empty for a repoless session. */
  source: string;
  /** The changes. */
  gitPatch: GitPatch;
}

/** A patch, with its base commit and a commit message. */
export interface GitPatch {
  /** A unified diff. Empty if there are no changes. */
  unidiffPatch: string;
  /** The commit that the patch applies to. */
  baseCommitId: string;
  /** The commit message that the agent suggests. */
  suggestedCommitMessage: string;
}

/** The properties of all activities. An activity never changes. */
export interface ActivityBase {
  /** The id. */
  id: string;
  /** Resource name, `sessions/{session}/activities/{id}`. */
  name: string;
  /** When the activity was created, in RFC 3339 with microseconds. Empty if the service sent none. */
  createTime: string;
  /** The author: `user`, `agent` or `system`, in lower case. */
  originator: 'user' | 'agent' | 'system' | (string & {});
  /** A description of the activity. */
  description?: string;
  /** The artifacts of the activity: patches, images and command outputs. */
  artifacts: Artifact[];
  /**
   * `true` if the artifacts were left out because the activity is larger than 64 MB, the limit of a page. Request it with
   * `activities.get(id)` to get them.
   */
  artifactsOmitted?: true;
  /**
   * The position of this activity, for `stream({ after })`: an opaque string of at most about 300 characters. It identifies
   * the activities of the two minutes before this one (at least 8, at most 32), so that the new stream also yields activities
   * that become visible late, and none twice.
   */
  cursor: string;
}

/** The agent wrote a message. */
export interface ActivityAgentMessaged extends ActivityBase {
  /** The type of the activity. */
  type: 'agentMessaged';
  /** The text. */
  message: string;
}

/** The user wrote a message. */
export interface ActivityUserMessaged extends ActivityBase {
  /** The type of the activity. */
  type: 'userMessaged';
  /** The text. */
  message: string;
}

/** The agent wrote a plan. */
export interface ActivityPlanGenerated extends ActivityBase {
  /** The type of the activity. */
  type: 'planGenerated';
  /** The plan. */
  plan: Plan;
}

/** A plan was approved, by the user or automatically. */
export interface ActivityPlanApproved extends ActivityBase {
  /** The type of the activity. */
  type: 'planApproved';
  /** The id of the plan. */
  planId: string;
}

/** The agent reported progress. */
export interface ActivityProgressUpdated extends ActivityBase {
  /** The type of the activity. */
  type: 'progressUpdated';
  /** A headline. Often empty. */
  title: string;
  /** Details. Often empty. */
  description: string;
}

/** The session was completed. It can be revived and end again, so this activity may occur more than once. */
export interface ActivitySessionCompleted extends ActivityBase {
  /** The type of the activity. */
  type: 'sessionCompleted';
}

/** The session failed. */
export interface ActivitySessionFailed extends ActivityBase {
  /** The type of the activity. */
  type: 'sessionFailed';
  /** Why the session failed. */
  reason: string;
}

/** An activity of a type that this version of the package does not know. */
export interface ActivityUnknown extends ActivityBase {
  /** A type that this version of the package does not know; it is the member of `raw` with the event, if any. */
  type: 'unknown';
  /** The activity as sent by the service. */
  raw: unknown;
}

/**
 * One entry of a session's history.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 *
 * const run = await jules.run({ prompt: 'Write hello.ts' });
 * for await (const activity of run.stream()) {
 *   if (activity.type === 'agentMessaged') console.log(activity.message);
 *   if (activity.type === 'unknown') console.log(activity.raw);
 * }
 * ```
 */
export type Activity =
  | ActivityAgentMessaged
  | ActivityUserMessaged
  | ActivityPlanGenerated
  | ActivityPlanApproved
  | ActivityProgressUpdated
  | ActivitySessionCompleted
  | ActivitySessionFailed
  | ActivityUnknown;

/**
 * An activity of a stream with `artifacts: false`. Its artifacts have not been downloaded.
 *
 * @typeParam A the type of the activity, such as {@link ActivityPlanGenerated}. Default: all types.
 */
export type LightActivity<A extends Activity = Activity> = A extends Activity ? Omit<A, 'artifacts'> & LazyArtifacts : never;

/** What an activity without downloaded artifacts has in their place. */
export interface LazyArtifacts {
  /** The artifacts. Missing until `loadArtifacts()` has resolved. */
  artifacts?: Artifact[];
  /**
   * Downloads the artifacts, and sets `artifacts`.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * for await (const activity of run.stream({ artifacts: false })) {
   *   if (activity.type === 'sessionCompleted') console.log(await activity.loadArtifacts());
   * }
   * ```
   */
  loadArtifacts(options?: CallOptions): Promise<Artifact[]>;
}

/** A plan of the agent. */
export interface Plan {
  /** The id. */
  id: string;
  /** The steps, in order. */
  steps: PlanStep[];
  /** When the plan was created, in RFC 3339. Empty if the service sent none. */
  createTime: string;
}

/** One step of a plan. */
export interface PlanStep {
  /** The id. */
  id: string;
  /** A headline. */
  title: string;
  /** Details. */
  description?: string;
  /** The position in the plan, from 0. */
  index: number;
}

/**
 * An artifact of an activity.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 *
 * const run = await jules.run({ prompt: 'Write hello.ts' });
 * for await (const { artifacts } of run.stream()) {
 *   for (const artifact of artifacts) {
 *     if (artifact.type === 'changeSet') console.log(artifact.parsed().summary);
 *     if (artifact.type === 'media') console.log(artifact.mimeType, artifact.bytes().length);
 *     if (artifact.type === 'bashOutput') console.log(artifact.command, artifact.exitCode);
 *   }
 * }
 * ```
 */
export type Artifact = ChangeSetArtifact | MediaArtifact | BashArtifact | UnknownArtifact;

/** The changes of the session so far. Cumulative: the last change set of a session includes all earlier ones. */
export interface ChangeSetArtifact extends ChangeSet {
  /** The type of the artifact. */
  type: 'changeSet';
  /** Parses the patch and returns its files, with a summary. */
  parsed(): ParsedChangeSet;
}

/**
 * Bytes with a buffer of their own, as `Blob` and `Response` take them: `Uint8Array<ArrayBuffer>` in TypeScript 5.7 and later,
 * `Uint8Array` before.
 */
export type Bytes = ReturnType<typeof Uint8Array.of>;

/** A media file, such as a screenshot. */
export interface MediaArtifact {
  /** The type of the artifact. */
  type: 'media';
  /** The file in base64. */
  data: string;
  /** The media type, such as `image/png`. */
  mimeType: string;
  /** The same as `mimeType`. */
  readonly format: string;
  /** Returns a `data:` URL, for an `<img>`. */
  toUrl(): string;
  /** Returns the decoded file. */
  bytes(): Bytes;
  /** Writes the decoded file to `path`. Rejects with an `InvalidStateError` in runtimes without a file system. */
  save(path: string): Promise<void>;
}

/** A command run by the agent. According to the official SDK, the service has not sent these since March 2026. */
export interface BashArtifact {
  /** The type of the artifact. */
  type: 'bashOutput';
  /** The command. */
  command: string;
  /** Its output, stdout and stderr combined. */
  output: string;
  /** Its exit code. */
  exitCode: number;
  /** The same as `output`. */
  readonly stdout: string;
  /** Always empty, since the service combines stdout and stderr. */
  readonly stderr: string;
  /** Returns the command, its output and its exit code, as a terminal shows them. */
  toString(): string;
}

/** An artifact of a type that this version of the package does not know. */
export interface UnknownArtifact {
  /** A type that this version of the package does not know; it is the member of `raw`. */
  type: 'unknown';
  /** The artifact as sent by the service. */
  raw: unknown;
}

/** The files of a patch, with a summary. */
export interface ParsedChangeSet {
  /** The files, in the order of the patch. */
  files: GeneratedFile[];
  /** The number of files of each change type. */
  summary: {
    /** All files. */
    totalFiles: number;
    /** New files. */
    created: number;
    /** Files whose content or mode has changed. */
    modified: number;
    /** Deleted files. */
    deleted: number;
    /** Renamed files, also with changes. */
    renamed: number;
    /** Copied files, also with changes. */
    copied: number;
  };
}

/**
 * A repository that the service can work on.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 *
 * for await (const source of jules.sources()) {
 *   if (source.type === 'githubRepo') console.log(source.githubRepo.owner, source.githubRepo.repo);
 * }
 * ```
 */
export type Source =
  | {
      /** A repository on GitHub: the only type in the service's documentation. */
      type: 'githubRepo';
      /** Resource name, `sources/github/{owner}/{repo}`. */
      name: string;
      /** The id, `github/{owner}/{repo}`. */
      id: string;
      /** The repository. */
      githubRepo: GitHubRepo;
    }
  | {
      /** A source of a type that this version of the package does not know. */
      type: 'unknown';
      /** Resource name, `sources/{id}`. */
      name: string;
      /** The id. */
      id: string;
      /** The source as sent by the service. */
      raw: unknown;
    };

/** A repository on GitHub. */
export interface GitHubRepo {
  /** The owner: a user or an organization. */
  owner: string;
  /** The repository's name. */
  repo: string;
  /** Whether it is private. */
  isPrivate: boolean;
  /** The default branch. */
  defaultBranch?: string;
  /** The active branches. */
  branches: string[];
}
