import type { GeneratedFile } from './files.js';
import type { Activity, ChangeSetArtifact, PullRequest, SessionState } from './model.js';
import type { GeneratedFiles } from './outcome.js';

/**
 * A session at one time, summarized. Frozen; plain data with three methods on its prototype. Later changes of the session do not
 * change it.
 */
export interface SessionSnapshot {
  /** The session's id. */
  readonly id: string;
  /** The state. */
  readonly state: SessionState;
  /** The URL of the session's page in the Jules web app. */
  readonly url: string;
  /** When the session was created. An invalid date if the service sent none. */
  readonly createdAt: Date;
  /** When the session last changed. An invalid date if the service sent none. */
  readonly updatedAt: Date;
  /** Milliseconds between both. 0 if one of them is missing. */
  readonly durationMs: number;
  /** The task for the agent. */
  readonly prompt: string;
  /** The title. */
  readonly title: string;
  /** The first pull request among the outputs. */
  readonly pr?: PullRequest;
  /** The activities, oldest first. Empty if they were not requested. */
  readonly activities: readonly Activity[];
  /** The number of activities of each type. A type without activities is missing. */
  readonly activityCounts: Readonly<Record<string, number>>;
  /** One line for each activity, oldest first. */
  readonly timeline: readonly TimelineEntry[];
  /** What the activities say about the work. */
  readonly insights: SessionInsights;
  /** All change sets in the outputs. If there are none: the last change set in the activities. */
  readonly changeSets: readonly ChangeSetArtifact[];
  /** The files of the change sets. */
  readonly generatedFiles: GeneratedFiles;
  /** Returns the first of `changeSets`, or `undefined` if there is none. */
  changeSet(): ChangeSetArtifact | undefined;
  /**
   * Returns the snapshot as plain data: without options, as `JSON.stringify` calls it, all but `activities` and
   * `generatedFiles`; with `{}` everything. Throws an {@link InvalidArgumentError} for a name that is not a field.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * const snapshot = await run.snapshot();
   * console.log(JSON.stringify(snapshot), snapshot.toJSON({ include: ['state', 'generatedFiles'] }));
   * ```
   */
  toJSON(options?: ToJSONOptions): Partial<SerializedSnapshot>;
  /**
   * Returns a report in Markdown: state, duration, pull request, files, insights and timeline. Texts of the service are escaped.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * await run.result();
   * console.log((await run.snapshot()).toMarkdown());
   * ```
   */
  toMarkdown(): string;
}

/** One activity in the timeline of a snapshot. */
export interface TimelineEntry {
  /** Its `createTime`. */
  readonly time: string;
  /** Its type. */
  readonly type: Activity['type'];
  /** One line about it, for people. Messages are cut to 100 characters. */
  readonly summary: string;
}

/** What the activities of a session say about the work. */
export interface SessionInsights {
  /** How often the session was completed. More than once if it was revived. */
  readonly completionAttempts: number;
  /** The number of plans, including the first one, as in the official SDK. */
  readonly planRegenerations: number;
  /** The number of messages of the user. */
  readonly userInterventions: number;
  /** The activities with a command whose exit code is not 0. Empty for newer sessions: see {@link BashArtifact}. */
  readonly failedCommands: readonly Activity[];
}

/** A snapshot as plain data. */
export interface SerializedSnapshot {
  /** The session's id. */
  id: string;
  /** The state. */
  state: SessionState;
  /** The URL of the session's page in the Jules web app. */
  url: string;
  /** When the session was created, in RFC 3339 with milliseconds. `null` if the service sent none. */
  createdAt: string | null;
  /** When the session last changed, in RFC 3339 with milliseconds. `null` if the service sent none. */
  updatedAt: string | null;
  /** Milliseconds between both. 0 if one of them is missing. */
  durationMs: number;
  /** The task for the agent. */
  prompt: string;
  /** The title. */
  title: string;
  /** The first pull request among the outputs. */
  pr?: PullRequest;
  /** The activities, oldest first. */
  activities: readonly Activity[];
  /** The number of activities of each type. A type without activities is missing. */
  activityCounts: Readonly<Record<string, number>>;
  /** One line for each activity, oldest first. */
  timeline: readonly TimelineEntry[];
  /** The files of the change sets. */
  generatedFiles: GeneratedFile[];
  /** What the activities say about the work, as numbers. */
  insights: SerializedInsights;
}

/** {@link SessionInsights} as plain numbers. */
export interface SerializedInsights {
  /** How often the session was completed. */
  completionAttempts: number;
  /** The number of plans, including the first one. */
  planRegenerations: number;
  /** The number of messages of the user. */
  userInterventions: number;
  /** The number of activities with a command whose exit code is not 0. */
  failedCommandCount: number;
}

/** The name of a field of a serialized snapshot. */
export type SnapshotField = keyof SerializedSnapshot;

/** Options of `toJSON()` of a snapshot. */
export interface ToJSONOptions {
  /** Return only these fields. Takes precedence over `exclude`. */
  include?: SnapshotField[] | undefined;
  /** Leave out these fields. Default: none. */
  exclude?: SnapshotField[] | undefined;
}
