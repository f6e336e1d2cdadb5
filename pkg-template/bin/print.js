/** Sessions, activities and results as text. All texts of the service are made harmless for terminals. */
import { fitted, oneLine, plain } from './terminal.js';

const COLOURS = {
  completed: 'green', failed: 'red', awaitingPlanApproval: 'yellow', awaitingUserFeedback: 'yellow', paused: 'yellow', inProgress: 'cyan', planning: 'cyan',
};

/** The state, with the service's own name of one that is unknown. */
export const stateOf = ({ state, rawState }) => (rawState ? oneLine(rawState) : state);

/** The state in its colour, in this many columns. */
export const paintedState = (session, style, columns = 0) => style(COLOURS[session.state] ?? 'reset', fitted(stateOf(session), Math.max(columns, stateOf(session).length)));

/** Whether the session has ended. */
export const isEnded = ({ state }) => state === 'completed' || state === 'failed';

/** Whether the session continues only after an action of its user. */
export const needsUser = ({ state }) => ['awaitingPlanApproval', 'awaitingUserFeedback', 'paused'].includes(state);

/** The repository, as `owner/repo`. Empty without one. */
export const repositoryOf = ({ sourceContext }) => oneLine(sourceContext?.source).replace(/^sources\/github\//, '');

/** A time of the service in local time: `2026-08-21 21:05:11`, which is how it is written in Swedish. */
export function timeOf(text, { date = true } = {}) {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return '';
  return date ? time.toLocaleString('sv') : time.toLocaleTimeString('sv');
}

/** Milliseconds as `42s`, `5m 12s` or `2h 03m`. */
export function durationOf(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`;
  return `${Math.floor(seconds / 3600)}h ${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}m`;
}

/** Lines of a label and a text each, without those whose text is empty. Further lines of a text are indented. */
export function labelled(entries, style) {
  const width = Math.max(...entries.map(([label]) => label.length)) + 2;
  const lines = entries.filter(([, text]) => text).map(([label, text]) => {
    return `${style('bold', label.padEnd(width))}${text.replace(/\n(?=[^\n])/g, `\n${' '.repeat(width)}`)}`;
  });
  return lines.join('\n');
}

/** The session's pull requests. */
const pullRequestsOf = ({ outputs }) => outputs.filter(({ type }) => type === 'pullRequest').map(({ pullRequest }) => pullRequest);

/** A session in some lines. */
export function describeSession(session, style) {
  const branch = session.sourceContext?.githubRepoContext?.startingBranch;
  return labelled(
    [
      ['id', session.id],
      ['state', paintedState(session, style) + (session.archived ? ' (archived)' : '')],
      ['title', oneLine(session.title)],
      ['repository', [repositoryOf(session), oneLine(branch)].filter(Boolean).join(' ')],
      ['created', timeOf(session.createTime)],
      ['updated', timeOf(session.updateTime)],
      ['page', plain(session.url)],
      ...pullRequestsOf(session).map(({ url, title }) => ['pull request', `${oneLine(title)}\n${plain(url)}`]),
      ['prompt', plain(session.prompt)],
    ],
    style,
  );
}

/** The steps of a plan, one per line. */
export const describePlan = ({ steps }) => steps.map(({ title }, index) => `${index + 1}. ${oneLine(title)}`).join('\n');

/** An activity: a label, a colour and a text. */
const ACTIVITIES = {
  planGenerated: ({ plan }) => ['plan', 'bold', describePlan(plan)],
  planApproved: () => ['approved', 'dim', 'the plan'],
  agentMessaged: ({ message }) => ['Jules', 'cyan', message],
  userMessaged: ({ message }) => ['you', 'bold', message],
  progressUpdated: ({ title, description }) => ['progress', 'dim', [title, description].filter(Boolean).join('\n')],
  sessionCompleted: () => ['completed', 'green', ''],
  sessionFailed: ({ reason }) => ['failed', 'red', reason],
  unknown: ({ raw }) => ['unknown', 'dim', Object.keys(raw ?? {}).join(', ')],
};

/** An activity, with its time, in one line or more. Empty for progress without a text. */
export function describeActivity(activity, style) {
  const [label, colour, text] = ACTIVITIES[activity.type](activity);
  if (activity.type === 'progressUpdated' && !plain(text)) return '';
  const lines = plain(text).replace(/\n(?=[^\n])/g, `\n${' '.repeat(20)}`);
  return `${style('dim', timeOf(activity.createTime, { date: false }).padEnd(9))} ${style(colour, label.padEnd(9))} ${lines}`.trimEnd();
}

/** The files of a patch, with the number of lines added and removed. */
export function describeFiles(files, style) {
  return files.map(({ path, oldPath, changeType, additions, deletions, binary }) => {
    const name = oneLine(oldPath ? `${oldPath} → ${path}` : path);
    const counts = binary ? 'binary' : `${style('green', `+${additions}`)} ${style('red', `-${deletions}`)}`;
    return `${changeType.padEnd(8)} ${name} ${counts}`;
  }).join('\n');
}

/** A summary of a file, for JSON. */
export const fileData = ({ path, oldPath, changeType, additions, deletions, binary }) => ({
  path, ...(oldPath && { oldPath }), changeType, additions, deletions, binary,
});

/** The result of a session as JSON: with a summary of its files instead of its patches. */
export function outcomeData(outcome) {
  const { sessionId, title, state, url, failureReason, pullRequest, incomplete } = outcome;
  const files = outcome.generatedFiles().all().map(fileData);
  return { id: sessionId, state, reason: state, title, url, failureReason, pullRequest, files, incomplete };
}

/** The result of a session in some lines. */
export function describeOutcome(outcome, style) {
  const { pullRequest, incomplete = [] } = outcome;
  return labelled(
    [
      ['session', outcome.sessionId],
      ['state', paintedState(outcome, style)],
      ['reason', plain(outcome.failureReason)],
      ['page', plain(outcome.url)],
      ['pull request', pullRequest && `${oneLine(pullRequest.title)}\n${plain(pullRequest.url)}`],
      ['files', describeFiles(outcome.generatedFiles().all(), style)],
      ['missing', incomplete.map(({ what, error }) => `${what}: ${error.message}`).join('\n')],
    ],
    style,
  );
}
