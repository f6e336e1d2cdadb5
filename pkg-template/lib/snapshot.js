// A session at one time, summarized for people: presentation only.
import { invalid } from './errors.js';
import { ChangeSetArtifact, SessionOutcome } from './values.js';

/** The longest part of a message in a timeline, in characters. */
const LONGEST_MESSAGE = 100;

/** What `toJSON` leaves out by default, because it is large. */
const LARGE = ['activities', 'generatedFiles'];

export class SessionSnapshot {
  constructor(session, activities = []) {
    this.id = session.id;
    this.state = session.state;
    this.url = session.url;
    this.createdAt = new Date(session.createTime);
    this.updatedAt = new Date(session.updateTime);
    // Either time may be missing.
    this.durationMs = Math.max(0, this.updatedAt - this.createdAt || 0);
    this.prompt = session.prompt;
    this.title = session.title;
    const pullRequest = session.outputs.find(({ type }) => type === 'pullRequest')?.pullRequest;
    if (pullRequest) this.pr = pullRequest;
    this.activities = Object.freeze([...activities]);
    this.activityCounts = countsOf(activities);
    this.timeline = activities.map((activity) => ({ time: activity.createTime, type: activity.type, summary: summaryOf(activity) }));
    this.insights = insightsOf(activities, this.activityCounts);
    this.changeSets = changeSetsOf(session, activities);
    this.generatedFiles = new SessionOutcome({ changeSets: this.changeSets }).generatedFiles();
    Object.freeze(this);
  }

  changeSet() {
    return this.changeSets[0];
  }

  /** The snapshot as plain data. `JSON.stringify` passes a key instead of options. */
  toJSON(options) {
    const given = typeof options === 'object' && options !== null ? options : { exclude: LARGE };
    const { failedCommands, ...insights } = this.insights;
    const all = {
      id: this.id,
      state: this.state,
      url: this.url,
      createdAt: this.createdAt.toJSON(),
      updatedAt: this.updatedAt.toJSON(),
      durationMs: this.durationMs,
      prompt: this.prompt,
      title: this.title,
      ...(this.pr && { pr: this.pr }),
      activities: this.activities,
      activityCounts: this.activityCounts,
      timeline: this.timeline,
      generatedFiles: this.generatedFiles.all(),
      insights: { ...insights, failedCommandCount: failedCommands.length },
    };
    const include = namesOf(given, all);
    return Object.fromEntries(Object.entries(all).filter(([name]) => include(name)));
  }

  toMarkdown() {
    const { title, id, url, state, durationMs, pr, generatedFiles, insights, timeline } = this;
    const facts = [
      `Session: [${id}](${url})`,
      `State: ${state}`,
      `Created: ${this.createdAt.toJSON() ?? 'unknown'}`,
      `Duration: ${durationOf(durationMs)}`,
      ...(pr ? [`Pull request: [${inline(pr.title || pr.url)}](${pr.url})`] : []),
    ];
    const files = generatedFiles.all().map(({ path, changeType, additions, deletions }) => `${inline(path)}: ${changeType}, +${additions} -${deletions}`);
    const counts = [
      `Completed: ${insights.completionAttempts}`,
      `Plans: ${insights.planRegenerations}`,
      `Messages of the user: ${insights.userInterventions}`,
      `Failed commands: ${insights.failedCommands.length}`,
    ];
    const entries = timeline.map(({ time, type, summary }) => `${time} **${type}** ${inline(summary)}`);
    const section = (heading, items) => (items.length > 0 ? `\n## ${heading}\n\n${listOf(items)}` : '');
    return `# ${inline(title || id)}\n\n${listOf(facts)}${section('Files', files)}${section('Insights', counts)}${section('Timeline', entries)}`;
  }
}

/** Which names of the serialized snapshot are wanted. */
function namesOf({ include, exclude, ...others }, all) {
  for (const name of Object.keys(others)) throw invalid(name, 'is not an option of toJSON(); its options are "include", "exclude"');
  for (const [option, names] of Object.entries({ include, exclude })) {
    if (names === undefined) continue;
    if (!Array.isArray(names)) throw invalid(option, 'must be an array of names of fields');
    for (const name of names) {
      if (!(name === 'pr' || Object.hasOwn(all, name))) throw invalid(option, `"${name}" is not a field of a snapshot; the fields are ${Object.keys(all)}`);
    }
  }
  if (include) return (name) => include.includes(name);
  return (name) => !exclude?.includes(name);
}

function countsOf(activities) {
  const counts = {};
  for (const { type } of activities) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

function insightsOf(activities, counts) {
  const hasFailed = ({ type, exitCode }) => type === 'bashOutput' && exitCode !== 0;
  return {
    completionAttempts: counts.sessionCompleted ?? 0,
    planRegenerations: counts.planGenerated ?? 0,
    userInterventions: counts.userMessaged ?? 0,
    failedCommands: activities.filter(({ artifacts }) => artifacts.some(hasFailed)),
  };
}

/** Those of the outputs or, if there are none, the last one of the activities, which includes the earlier ones. */
function changeSetsOf({ outputs }, activities) {
  const own = outputs.filter(({ type }) => type === 'changeSet').map(({ changeSet }) => new ChangeSetArtifact(changeSet));
  const last = activities.flatMap(({ artifacts }) => artifacts).findLast(({ type }) => type === 'changeSet');
  return own.length > 0 || !last ? own : [last];
}

const SUMMARIES = {
  agentMessaged: ({ message }) => `Agent: ${beginningOf(message)}`,
  userMessaged: ({ message }) => `User: ${beginningOf(message)}`,
  planGenerated: ({ plan }) => `Plan: ${plan.steps.length} ${plan.steps.length === 1 ? 'step' : 'steps'}`,
  planApproved: () => 'Plan approved',
  progressUpdated: ({ title, description }) => title || beginningOf(description) || 'Progress',
  sessionCompleted: () => 'Session completed',
  sessionFailed: ({ reason }) => (reason ? `Session failed: ${reason}` : 'Session failed'),
  unknown: ({ description }) => description || 'Activity of an unknown type',
};

const summaryOf = (activity) => SUMMARIES[activity.type](activity);

/** The first characters of a text, whole ones. */
function beginningOf(text) {
  const characters = Array.from(text.slice(0, 2 * LONGEST_MESSAGE + 2));
  return characters.length > LONGEST_MESSAGE ? `${characters.slice(0, LONGEST_MESSAGE).join('')}…` : text;
}

function durationOf(ms) {
  const seconds = Math.round(ms / 1000);
  const units = [[Math.floor(seconds / 3600), 'h'], [Math.floor(seconds / 60) % 60, 'min'], [seconds % 60, 's']];
  return units.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(' ') || '0 s';
}

/** A text in one line of Markdown, literally. */
const inline = (text) => text.replace(/\s+/g, ' ').trim().replace(/[\\`*_[\]<>|~#&]/g, '\\$&');

const listOf = (items) => items.map((item) => `- ${item}\n`).join('');
