import type { CallOptions } from './options.js';

/**
 * The states of a session. `unspecified` is what the service does not tell, or tells in a word that this version does
 * not know (see `rawState`); neither it nor `paused` is an end.
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

/** A session as the service has it. Plain data. */
export interface SessionResource {
  /** Resource name, `sessions/{id}`. */
  name: string;
  /** The id. */
  id: string;
  /** What the agent was asked to do. */
  prompt: string;
  /** The title; one that the service made may be as long as the prompt. */
  title: string;
  /** Where it can be seen in a browser. */
  url: string;
  /** Where it is in its life. */
  state: SessionState;
  /** The state as the service wrote it, if this version does not know it. */
  rawState?: string;
  /** RFC 3339, to the microsecond; empty if the service did not tell. */
  createTime: string;
  /** RFC 3339, to the microsecond; empty if the service did not tell. */
  updateTime: string;
  /** Whether it was taken out of the ordinary list. */
  archived: boolean;
  /** The repository; none for a repoless session. */
  sourceContext?: SourceContext;
  /** What it has brought forth. Often empty, even on completed sessions. */
  outputs: Output[];
  /** All its activities, oldest first. Only from `info()`. */
  activities?: Activity[];
}

/** The repository that a session works on. */
export interface SourceContext {
  /** Resource name, `sources/github/{owner}/{repo}`. */
  source: string;
  /** Where in the repository it started. */
  githubRepoContext?: { startingBranch: string };
  /** The branch it pushes to, if one was asked for. */
  workingBranch?: string;
  /** Whether the agent has the repository's environment variables. */
  environmentVariablesEnabled: boolean;
}

/** One thing that a session has brought forth. */
export type Output =
  | { type: 'pullRequest'; pullRequest: PullRequest }
  | { type: 'changeSet'; changeSet: ChangeSet }
  | { type: 'unknown'; raw: unknown };

/** The official SDK's name of {@link Output}. */
export type SessionOutput = Output;

/** A pull request that the agent has opened. */
export interface PullRequest {
  /** Where it is. */
  url: string;
  /** Its title. */
  title: string;
  /** Its description. */
  description: string;
  /** The branch it is to be merged into. */
  baseRef?: string;
  /** The branch it comes from. */
  headRef?: string;
}

/** Changes to a repository, or to the empty folder of a repoless session. */
export interface ChangeSet {
  /** Resource name of the repository; empty for a repoless session. */
  source: string;
  /** The changes. */
  gitPatch: GitPatch;
}

/** A patch, with what a commit of it needs. */
export interface GitPatch {
  /** A unified diff; empty if nothing was changed. */
  unidiffPatch: string;
  /** The commit that the patch applies to. */
  baseCommitId: string;
  /** A commit message that the agent suggests. */
  suggestedCommitMessage: string;
}

/** What all activities have. Activities are immutable on the service. */
export interface ActivityBase {
  /** The id. */
  id: string;
  /** Resource name, `sessions/{session}/activities/{id}`. */
  name: string;
  /** RFC 3339, to the microsecond; empty if the service did not tell. */
  createTime: string;
  /** Who: `user`, `agent` or `system`, in lower case. */
  originator: 'user' | 'agent' | 'system' | (string & {});
  /** A text about the activity. */
  description?: string;
  /** What was attached. */
  artifacts: Artifact[];
  /**
   * For `stream({ after })`: where to take up again after this activity, in some 300 characters at the most. It knows the
   * activities of the two minutes before it (8 at least, 32 at the most), so that those which become visible late are
   * given too, and none twice.
   */
  cursor: string;
}

/** The agent wrote a message. */
export interface ActivityAgentMessaged extends ActivityBase {
  type: 'agentMessaged';
  /** The text. */
  message: string;
}

/** The user wrote a message. */
export interface ActivityUserMessaged extends ActivityBase {
  type: 'userMessaged';
  /** The text. */
  message: string;
}

/** The agent wrote a plan. */
export interface ActivityPlanGenerated extends ActivityBase {
  type: 'planGenerated';
  /** The plan. */
  plan: Plan;
}

/** A plan was approved, by the user or by itself. */
export interface ActivityPlanApproved extends ActivityBase {
  type: 'planApproved';
  /** Which plan. */
  planId: string;
}

/** The agent reports of its work. */
export interface ActivityProgressUpdated extends ActivityBase {
  type: 'progressUpdated';
  /** The headline; often empty. */
  title: string;
  /** More; often empty. */
  description: string;
}

/** The session ended well. It can be revived, and so end again. */
export interface ActivitySessionCompleted extends ActivityBase {
  type: 'sessionCompleted';
}

/** The session ended by an error. */
export interface ActivitySessionFailed extends ActivityBase {
  type: 'sessionFailed';
  /** Why. */
  reason: string;
}

/** An activity of a kind that this version does not know. */
export interface ActivityUnknown extends ActivityBase {
  type: 'unknown';
  /** The activity as it came. */
  raw: unknown;
}

/** One entry of a session's history. */
export type Activity =
  | ActivityAgentMessaged
  | ActivityUserMessaged
  | ActivityPlanGenerated
  | ActivityPlanApproved
  | ActivityProgressUpdated
  | ActivitySessionCompleted
  | ActivitySessionFailed
  | ActivityUnknown;

/** Leaves a property out of each member of a union. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** An activity of a stream without artifacts: they were not downloaded. */
export type LightActivity = Without<Activity, 'artifacts'> & {
  /** What was attached, once it was loaded. */
  artifacts?: Artifact[];
  /**
   * Downloads what was attached.
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
};

/** What the agent is going to do. */
export interface Plan {
  /** The id. */
  id: string;
  /** The steps, in order. */
  steps: PlanStep[];
  /** RFC 3339; empty if the service did not tell. */
  createTime: string;
}

/** One step of a plan. */
export interface PlanStep {
  /** The id. */
  id: string;
  /** What is to be done. */
  title: string;
  /** More about it. */
  description?: string;
  /** Counted from 0. */
  index: number;
}

/** Something that an activity brought with it. */
export type Artifact = ChangeSetArtifact | MediaArtifact | BashArtifact | UnknownArtifact;

/** The changes so far. Cumulative: the last one of a session holds those before it. */
export interface ChangeSetArtifact extends ChangeSet {
  type: 'changeSet';
  /** The files of the patch, with a summary. */
  parsed(): ParsedChangeSet;
}

/** An image or the like. */
export interface MediaArtifact {
  type: 'media';
  /** Base64. */
  data: string;
  /** Such as `image/png`. */
  mimeType: string;
  /** The same as `mimeType`. */
  readonly format: string;
  /** A `data:` URL, for an `<img>`. */
  toUrl(): string;
  /** The bytes. */
  bytes(): Uint8Array<ArrayBuffer>;
  /** Writes the bytes to a file. Where there are no files it rejects with an `InvalidStateError`. */
  save(path: string): Promise<void>;
}

/** A command that the agent ran. The service may have stopped sending these in 2026. */
export interface BashArtifact {
  type: 'bashOutput';
  /** The command. */
  command: string;
  /** What it printed, on both channels. */
  output: string;
  /** Its exit code. */
  exitCode: number;
  /** The same as `output`. */
  readonly stdout: string;
  /** Always empty: the service does not tell the channels apart. */
  readonly stderr: string;
  /** The command, its output and its exit code, as a terminal shows them. */
  toString(): string;
}

/** An artifact of a kind that this version does not know. */
export interface UnknownArtifact {
  type: 'unknown';
  /** The artifact as it came. */
  raw: unknown;
}

/** The files of a patch, with a summary. */
export interface ParsedChangeSet {
  /** The files. */
  files: GeneratedFile[];
  /** How many there are of each kind. */
  summary: {
    totalFiles: number;
    created: number;
    modified: number;
    deleted: number;
    renamed: number;
    copied: number;
  };
}

/** One file of a patch. */
export interface GeneratedFile {
  /** The path after the change; of a deleted file, before it. */
  path: string;
  /** The path before the change, if the file was renamed or copied. */
  oldPath?: string;
  /** How it was changed. A change of the mode alone is `modified`. */
  changeType: 'created' | 'modified' | 'deleted' | 'renamed' | 'copied';
  /** Lines added. 0 for binary files. */
  additions: number;
  /** Lines removed. 0 for binary files. */
  deletions: number;
  /** Whether git took it for binary. */
  binary: boolean;
  /** The mode before, if it was deleted or its mode was changed, such as `100644`. */
  oldMode?: string;
  /** The mode after, if it was created or its mode was changed. */
  newMode?: string;
  /** How alike a renamed or copied file is to its origin, in percent. */
  similarity?: number;
  /** The whole content, exactly, of a created text file. A patch does not hold that of any other. */
  content?: string;
  /** This file's section of the patch. */
  patch: string;
  /** `true` if the section is cut or broken. */
  incomplete?: boolean;
}

/** The official SDK's name of {@link GeneratedFile}. */
export type ParsedFile = GeneratedFile;

/** A repository that the service can work on. */
export type Source =
  | { type: 'githubRepo'; name: string; id: string; githubRepo: GitHubRepo }
  | { type: 'unknown'; name: string; id: string; raw: unknown };

/** A repository on GitHub. */
export interface GitHubRepo {
  /** The owner. */
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
