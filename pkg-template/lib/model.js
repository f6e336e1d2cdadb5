// Maps the service's JSON to the public objects. Never throws: missing fields get the default that the service omits (as in
// proto3), unknown values are kept unchanged.
import { kindOf } from './engine.js';
import { toError } from './errors.js';
import { TABLE } from './table.js';
import { ChangeSetArtifact, BashArtifact, MediaArtifact, SessionOutcome } from './values.js';

const NOTHING = Object.freeze({});

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value) => (isObject(value) ? value : NOTHING);
const listOf = (value) => (Array.isArray(value) ? value : []);
const textOf = (value) => (typeof value === 'string' ? value : '');
/** A string, or undefined if it is missing or empty. */
const optional = (value) => (typeof value === 'string' && value !== '' ? value : undefined);

/** An integer. Proto3 writes 64-bit integers as strings. */
function integerOf(value) {
  const number = typeof value === 'string' && /^[+-]?\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? number + 0 : 0;
}

/** Sets the properties that are not undefined, in this order. */
function withOptional(object, properties) {
  for (const name in properties) if (properties[name] !== undefined) object[name] = properties[name];
  return object;
}

/** The name and the id of a resource. If one is missing, it is derived from the other. */
function namesOf(json, prefix) {
  const name = textOf(json.name);
  const id = textOf(json.id) || name.slice(name.lastIndexOf('/') + 1);
  return { name: name || (id && prefix + id), id };
}

/** The service's name of a state: `awaitingPlanApproval` is `AWAITING_PLAN_APPROVAL`. */
const wireName = (state) => (state === 'unspecified' ? 'STATE_UNSPECIFIED' : state.replace(/[A-Z]/g, '_$&').toUpperCase());

/** The states by the service's names. */
const STATES = new Map(TABLE.states.map((state) => [wireName(state), state]));

/** A session. */
export function sessionOf(given) {
  const json = objectOf(given);
  const { name, id } = namesOf(json, 'sessions/');
  const word = optional(json.state) ?? 'STATE_UNSPECIFIED';
  const state = STATES.get(word);
  const session = {
    name,
    id,
    prompt: textOf(json.prompt),
    title: textOf(json.title),
    url: textOf(json.url) || `https://jules.google.com/session/${id}`,
    state: state ?? 'unspecified',
  };
  if (!state) session.rawState = word;
  session.createTime = textOf(json.createTime);
  session.updateTime = textOf(json.updateTime);
  session.archived = json.archived === true;
  if (isObject(json.sourceContext)) session.sourceContext = sourceContextOf(json.sourceContext);
  session.outputs = listOf(json.outputs).flatMap(outputsOf);
  return session;
}

function sourceContextOf(json) {
  const context = { source: textOf(json.source) };
  if (isObject(json.githubRepoContext)) {
    context.githubRepoContext = { startingBranch: textOf(json.githubRepoContext.startingBranch) };
  }
  const workingBranch = optional(json.workingBranch);
  if (workingBranch) context.workingBranch = workingBranch;
  context.environmentVariablesEnabled = json.environmentVariablesEnabled === true;
  return context;
}

/** An entry of the service's `outputs` is a union. If one ever has two members, both are kept. */
function outputsOf(json) {
  const { pullRequest, changeSet } = objectOf(json);
  const outputs = [];
  if (isObject(pullRequest)) outputs.push({ type: 'pullRequest', pullRequest: pullRequestOf(pullRequest) });
  if (isObject(changeSet)) outputs.push({ type: 'changeSet', changeSet: changeSetOf(changeSet) });
  return outputs.length > 0 ? outputs : [{ type: 'unknown', raw: json }];
}

function pullRequestOf({ url, title, description, baseRef, headRef }) {
  const pullRequest = { url: textOf(url), title: textOf(title), description: textOf(description) };
  return withOptional(pullRequest, { baseRef: optional(baseRef), headRef: optional(headRef) });
}

function changeSetOf(json) {
  const patch = objectOf(json.gitPatch);
  return {
    source: textOf(json.source),
    gitPatch: {
      unidiffPatch: textOf(patch.unidiffPatch),
      baseCommitId: textOf(patch.baseCommitId),
      suggestedCommitMessage: textOf(patch.suggestedCommitMessage),
    },
  };
}

/** The additional properties of an activity, by its kind. */
const EVENTS = {
  agentMessaged: (event, description) => ({ description, message: textOf(event.agentMessage) }),
  userMessaged: (event, description) => ({ description, message: textOf(event.userMessage) }),
  planGenerated: (event, description) => ({ description, plan: planOf(event.plan) }),
  planApproved: (event, description) => ({ description, planId: textOf(event.planId) }),
  progressUpdated: (event, description) => ({
    description: optional(event.description) ?? description ?? '',
    title: textOf(event.title),
  }),
  sessionCompleted: (event, description) => ({ description }),
  sessionFailed: (event, description) => ({ description, reason: textOf(event.reason) }),
};

/** An activity with its cursor, which the core has computed. */
export function activityOf(given, cursor) {
  const json = objectOf(given);
  const { name, id } = namesOf(json, '');
  const kind = kindOf(json);
  const event = EVENTS[kind];
  const activity = {
    type: event ? kind : 'unknown',
    id,
    name,
    createTime: textOf(json.createTime),
    originator: (optional(json.originator) ?? 'system').toLowerCase(),
  };
  const description = optional(json.description);
  withOptional(activity, event ? event(json[kind], description) : { description });
  activity.artifacts = listOf(json.artifacts).map(artifactOf);
  activity.cursor = cursor;
  if (!event) activity.raw = given;
  return activity;
}

/** The activities of the core's `{ entries, cursors, withoutArtifacts }`, in which each cursor ends with a line break. */
export function activitiesOf({ entries, cursors, withoutArtifacts }) {
  const texts = cursors.split('\n');
  const activities = entries.map((entry, index) => activityOf(entry, texts[index]));
  for (const index of withoutArtifacts) activities[index].artifactsOmitted = true;
  return activities;
}

/** A plan. */
export function planOf(given) {
  const json = objectOf(given);
  return { id: textOf(json.id), steps: listOf(json.steps).map(stepOf), createTime: textOf(json.createTime) };
}

function stepOf(given) {
  const json = objectOf(given);
  const step = { id: textOf(json.id), title: textOf(json.title) };
  const description = optional(json.description);
  if (description) step.description = description;
  step.index = integerOf(json.index);
  return step;
}

function artifactOf(json) {
  const { changeSet, media, bashOutput } = objectOf(json);
  if (isObject(changeSet)) return new ChangeSetArtifact(changeSetOf(changeSet));
  if (isObject(media)) return new MediaArtifact({ data: textOf(media.data), mimeType: textOf(media.mimeType) });
  if (isObject(bashOutput)) {
    const { command, output, exitCode } = bashOutput;
    return new BashArtifact({ command: textOf(command), output: textOf(output), exitCode: integerOf(exitCode) });
  }
  return { type: 'unknown', raw: json };
}

/** A source. */
export function sourceOf(given) {
  const json = objectOf(given);
  const { name, id } = namesOf(json, 'sources/');
  const names = { name, id: name.startsWith('sources/') ? name.slice('sources/'.length) : id };
  const { githubRepo } = json;
  if (!isObject(githubRepo)) return { type: 'unknown', ...names, raw: given };
  const repo = {
    owner: textOf(githubRepo.owner),
    repo: textOf(githubRepo.repo),
    isPrivate: githubRepo.isPrivate === true,
  };
  const defaultBranch = optional(objectOf(githubRepo.defaultBranch).displayName);
  if (defaultBranch) repo.defaultBranch = defaultBranch;
  repo.branches = listOf(githubRepo.branches).map((branch) => textOf(objectOf(branch).displayName));
  return { type: 'githubRepo', ...names, githubRepo: repo };
}

/** The outcome of a session, from the core's `{ session, failureReason, changeSet, incomplete }`. */
export function outcomeOf({ session: json, failureReason, changeSet, incomplete }) {
  const { id, title, state, url, outputs } = sessionOf(json);
  const pullRequest = outputs.find(({ type }) => type === 'pullRequest')?.pullRequest;
  const changeSets = outputs.filter(({ type }) => type === 'changeSet').map((output) => output.changeSet);
  if (changeSets.length === 0 && isObject(changeSet)) changeSets.push(changeSetOf(changeSet));
  const data = withOptional({ sessionId: id, title, state, url }, { failureReason, pullRequest });
  data.outputs = outputs;
  data.changeSets = changeSets.map((changes) => new ChangeSetArtifact(changes));
  if (incomplete.length > 0) data.incomplete = incomplete.map(({ what, error }) => ({ what, error: toError(error) }));
  return new SessionOutcome(data);
}

/** The result of a wait, from the core's `{ reason, session, plan, question, silentMs }`. */
export function waitedOf({ reason, session, plan, question, silentMs }) {
  return withOptional({ reason, session: sessionOf(session) }, { plan: plan && planOf(plan), question, silentMs });
}

/** The events of a feed of sessions, from the core's `{ type, session, cursor }`. */
export const eventsOf = (found) => found.map(({ session, ...event }) => ({ ...event, session: sessionOf(session) }));
