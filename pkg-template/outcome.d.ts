import type { JulesError } from './errors.js';
import type { GeneratedFile } from './files.js';
import type { ChangeSetArtifact, Output, PullRequest } from './model.js';

/** The result of a session that has ended. Plain data; its two methods are on the prototype. */
export interface SessionOutcome {
  /** The session's id. */
  readonly sessionId: string;
  /** The session's title. */
  readonly title: string;
  /** How the session has ended. */
  readonly state: 'completed' | 'failed';
  /** The URL of the session's page in the Jules web app. */
  readonly url: string;
  /** Why the session failed: the `reason` of its last `sessionFailed` activity. Missing if it has not failed. */
  readonly failureReason?: string;
  /** The first pull request among the outputs. */
  readonly pullRequest?: PullRequest;
  /** All outputs. The service often leaves this empty, even for completed sessions. */
  readonly outputs: Output[];
  /**
   * All change sets in the outputs. If there are none: the last change set in the activities, which includes the earlier
   * ones.
   */
  readonly changeSets: ChangeSetArtifact[];
  /**
   * The parts of this outcome that are missing because activities could not be requested within `maxRetryTimeMs`. Missing
   * if the outcome is complete. All other properties are valid in any case.
   */
  readonly incomplete?: IncompletePart[];
  /**
   * Returns the first of `changeSets`, or `undefined` if there is none.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * const outcome = await run.result();
   * console.log(outcome.changeSet()?.gitPatch.suggestedCommitMessage);
   * ```
   */
  changeSet(): ChangeSetArtifact | undefined;
  /**
   * Parses the patches of all `changeSets` and returns their files.
   *
   * @example
   * ```ts
   * import { jules } from 'jules-wasm';
   *
   * const run = await jules.run({ prompt: 'Write hello.ts' });
   * const files = (await run.result()).generatedFiles();
   * for (const file of files) console.log(file.path, `+${file.additions}`, `-${file.deletions}`);
   * ```
   */
  generatedFiles(): GeneratedFiles;
}

/** A part of an outcome that is missing. Read the activities later with `history()` or `activities.get()` to obtain it. */
export interface IncompletePart {
  /** `changeSet`: the last change set or its patch is missing. `failureReason`: the reason of the failure is missing. */
  readonly what: 'changeSet' | 'failureReason';
  /** The error of the request for it. */
  readonly error: JulesError;
}

/** An alias of {@link SessionOutcome}, with the name of the official SDK. */
export type Outcome = SessionOutcome;

/**
 * The files of one or more change sets. If a path occurs more than once, its last entry is kept. `JSON.stringify`,
 * `structuredClone` and deep comparisons see an array of files.
 *
 * @example
 * ```ts
 * import { jules } from 'jules-wasm';
 *
 * const run = await jules.run({ prompt: 'Write hello.ts' });
 * const files = (await run.result()).generatedFiles();
 * console.log(files.size, files.get('README.md')?.additions);
 * for (const file of files.filter('created')) console.log(file.path, file.content);
 * ```
 */
export interface GeneratedFiles extends Iterable<GeneratedFile> {
  /** The number of files. */
  readonly size: number;
  /** Returns all files, in the order of the patches. */
  all(): GeneratedFile[];
  /** Returns the file with this path after the change, or `undefined`. */
  get(path: string): GeneratedFile | undefined;
  /** Returns whether there is a file with this path after the change. */
  has(path: string): boolean;
  /** Iterates over the paths, as a `Map` of files by path. */
  keys(): IterableIterator<string>;
  /** Iterates over the files, as a `Map` of files by path. */
  values(): IterableIterator<GeneratedFile>;
  /** Iterates over pairs of a path and a file, as a `Map` of files by path. */
  entries(): IterableIterator<[path: string, file: GeneratedFile]>;
  /** Returns the files with this change type. */
  filter(changeType: GeneratedFile['changeType']): GeneratedFile[];
}
