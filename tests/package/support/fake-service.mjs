/**
 * The Jules service as its documentation and measurements describe it, over HTTP and in plain JavaScript: it shares
 * no code with the package, so that a misunderstanding there is not repeated here.
 *
 * No timers. A session takes the next step of its script at each poll (GET sessions/ID), unless the step
 * before waits for the user.
 */
import { Server, sendJson } from './server.mjs';

export const KEY = 'AIzaFakeKey-0123456789-abcdefghijklmn';

const SESSION_FIELDS = ['prompt', 'title', 'sourceContext', 'requirePlanApproval', 'automationMode'];
const CONTEXT_FIELDS = ['source', 'githubRepoContext', 'workingBranch', 'environmentVariablesEnabled'];
const MODES = ['AUTOMATION_MODE_UNSPECIFIED', 'AUTO_CREATE_PR'];
const START = Date.parse('2026-08-21T21:05:11Z');

class Refusal {
  constructor(code, status, message, details) {
    this.code = code;
    this.error = { code, message, status, ...(details && { details }) };
  }
}

const invalid = (message) => new Refusal(400, 'INVALID_ARGUMENT', message);
const notFound = () => new Refusal(404, 'NOT_FOUND', 'Requested entity was not found.');
const unauthenticated = () =>
  new Refusal(401, 'UNAUTHENTICATED', 'API keys are not supported by this API. Expected OAuth2 access token.', [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'CREDENTIALS_MISSING', domain: 'googleapis.com' },
  ]);

/** RFC 3339 to nanoseconds since 1970. */
function nanos(time) {
  const [, seconds, fraction = ''] = time.match(/^([^.]+?)(?:\.(\d+))?Z$/) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0') || 0);
}

/** The default script of a session: plan, approval if required, work, a pull request. */
export const steps = {
  state: (state) => (session) => void (session.state = state),
  activity: (event, more) => (session, service) => service.act(session, event, more),
  /** A state that ends only by an action of the user. */
  stop: (state, verb) => (session) => void Object.assign(session, { state, waitsFor: verb }),
  output: (output) => (session) => void (session.outputs = [...(session.outputs ?? []), output]),
};

export const PATCH = [
  'diff --git a/README.md b/README.md', 'new file mode 100644', 'index 0000000..3b18e51', '--- /dev/null', '+++ b/README.md',
  '@@ -0,0 +1,2 @@', '+# Hello', '+-- and more', '',
].join('\n');

const PLAN = { plan: { id: 'plan1', steps: [{ id: 's1', title: 'Read' }, { id: 's2', title: 'Write', index: 1 }] } };

export const usualScript = ({ requirePlanApproval, automationMode, sourceContext }) => [
  steps.state('PLANNING'),
  steps.activity({ planGenerated: PLAN }),
  ...(requirePlanApproval ? [steps.stop('AWAITING_PLAN_APPROVAL', 'approvePlan')] : []),
  steps.activity({ planApproved: { planId: 'plan1' } }, { originator: 'user' }),
  steps.state('IN_PROGRESS'),
  steps.activity({ progressUpdated: {} }, { artifacts: [{ bashOutput: { command: 'npm test', output: 'ok' } }] }),
  steps.output({ changeSet: { source: sourceContext?.source, gitPatch: { unidiffPatch: PATCH } } }),
  ...(automationMode === 'AUTO_CREATE_PR'
    ? [steps.output({ pullRequest: { url: 'https://github.com/owner/repo/pull/7', title: 'Done', description: 'All' } })]
    : []),
  steps.activity({ sessionCompleted: {} }),
  steps.state('COMPLETED'),
];

export class FakeService extends Server {
  /** Newest last. */
  sessions = new Map();
  sources = [{ name: 'sources/github/owner/repo', id: 'github/owner/repo', githubRepo: { owner: 'owner', repo: 'repo' } }];
  /** The script of each session, by the request that created it. */
  script = usualScript;
  /** The agent's reply to a message. */
  reply = (prompt) => `You said: ${prompt}`;
  #ticks = 0;

  /** @param {(asked, response) => unknown} [first] answers in place of the service if it returns a truthy value */
  constructor(first = () => false) {
    super(async (asked, response) => {
      if (await first(asked, response)) return;
      try {
        sendJson(response, this.#handle(asked));
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        sendJson(response, { error: refusal.error }, refusal.code);
      }
    });
  }

  /** The service's clock, which advances by microseconds with every event. */
  time() {
    this.#ticks++;
    const second = new Date(START + this.#ticks * 1000).toISOString().slice(0, 19);
    return `${second}.${String(this.#ticks % 1_000_000).padStart(6, '0')}Z`;
  }

  act(session, event, { originator = 'agent', ...more } = {}) {
    const id = (this.#ticks + 1).toString(16).padStart(32, '0');
    const createTime = this.time();
    session.activities.push({ name: `${session.name}/activities/${id}`, id, createTime, originator, ...event, ...more });
    session.updateTime = createTime;
  }

  /** Adds a session as if it had been created. */
  add(request) {
    const id = `3141592653589793${String(this.sessions.size + 1).padStart(4, '0')}`;
    const { prompt, title = prompt, sourceContext } = request;
    const createTime = this.time();
    const session = {
      name: `sessions/${id}`, id, prompt, title, createTime, updateTime: createTime, state: 'QUEUED',
      url: `https://jules.google.com/session/${id}`, sourceContext, activities: [], script: this.script(request),
    };
    this.sessions.set(id, session);
    return session;
  }

  #handle({ method, path, query, headers, body }) {
    if (headers['x-goog-api-key'] !== KEY) throw unauthenticated();
    const [, route] = decodeURIComponent(path).match(/^\/v1alpha\/(.*)$/) ?? [];
    const [, name, verb] = route?.match(/^([^:]*)(?::(\w+))?$/) ?? [];
    const [kind, id, inner, activity] = name?.split('/') ?? [];
    if (kind === 'sources' && method === 'GET') return id ? this.#source(name) : this.#list(query, 'sources', this.sources);
    if (kind !== 'sessions') throw notFound();
    if (!id) return method === 'POST' ? this.#create(this.#read(body, SESSION_FIELDS)) : this.#sessionList(query);
    const session = this.sessions.get(id);
    if (!session) throw notFound();
    if (inner === 'activities' && method === 'GET') {
      if (!activity) return this.#activityList(query, session);
      return session.activities.find((known) => known.id === activity) ?? this.#missing();
    }
    if (method === 'POST') return this.#change(session, verb, body);
    this.#allow(query, []);
    if (method === 'DELETE') return this.sessions.delete(id) && {};
    this.#step(session);
    return this.#shown(session);
  }

  #missing() {
    throw notFound();
  }

  #shown({ activities, script, waitsFor, ...resource }) {
    return resource;
  }

  #step(session) {
    if (session.waitsFor) return;
    session.script.shift()?.(session, this);
  }

  #create(request) {
    const { prompt, sourceContext: context, automationMode } = request;
    if (typeof prompt !== 'string' || prompt === '') throw invalid('Request contains an invalid argument.');
    if (automationMode !== undefined && !MODES.includes(automationMode)) throw invalid('Invalid value at "automationMode"');
    if (context) {
      this.#onlyKnown(context, CONTEXT_FIELDS);
      const known = this.sources.some(({ name }) => name === context.source);
      if (!known || !context.githubRepoContext?.startingBranch) throw invalid('Request contains an invalid argument.');
    }
    return this.#shown(this.add(request));
  }

  #change(session, verb, body) {
    if (verb === 'sendMessage') {
      const { prompt } = this.#read(body, ['prompt']);
      if (!prompt) throw invalid('Request contains an invalid argument.');
      this.act(session, { userMessaged: { userMessage: prompt } }, { originator: 'user' });
      const reply = this.reply(prompt);
      if (reply !== undefined) session.script.unshift(steps.activity({ agentMessaged: { agentMessage: reply } }));
    } else {
      this.#read(body || '{}', []);
      if (!['approvePlan', 'archive', 'unarchive'].includes(verb)) throw notFound();
      if (verb !== 'approvePlan') session.archived = verb === 'archive' || undefined;
    }
    if (session.waitsFor === verb) session.waitsFor = undefined;
    return verb.endsWith('archive') ? this.#shown(session) : {};
  }

  #read(body, fields) {
    const request = JSON.parse(body);
    this.#onlyKnown(request, fields);
    return request;
  }

  #onlyKnown(object, fields) {
    for (const name of Object.keys(object)) {
      if (!fields.includes(name)) throw invalid(`Invalid JSON payload received. Unknown name "${name}": Cannot find field.`);
    }
  }

  #allow(query, names) {
    for (const name of query.keys()) {
      if (!names.includes(name)) throw invalid(`Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter.`);
    }
  }

  #source(name) {
    return this.sources.find((source) => source.name === name) ?? this.#missing();
  }

  #sessionList(query) {
    const wanted = { 'archived = true': [true], 'archived = true OR archived = false': [true, false] };
    const archived = wanted[query.get('filter')] ?? [false];
    const sessions = [...this.sessions.values()].reverse().filter((session) => archived.includes(!!session.archived));
    return this.#list(query, 'sessions', sessions.map((session) => this.#shown(session)));
  }

  /** The page token of this list is the time of the next activity in nanoseconds; its filter is exclusive. */
  #activityList(query, session) {
    let { activities } = session;
    const filter = query.get('filter');
    if (filter !== null) {
      const [, after] = filter.match(/^create_time\s*>\s*"([^"]+)"$/) ?? this.#badFilter();
      activities = activities.filter(({ createTime }) => nanos(createTime) > nanos(after));
    }
    return this.#list(query, 'activities', activities, ({ createTime }) => String(nanos(createTime)));
  }

  #badFilter() {
    throw invalid('Invalid filter.');
  }

  #list(query, key, all, tokenOf = ({ id }) => id) {
    this.#allow(query, ['filter', 'pageSize', 'pageToken']);
    const size = Math.min(Number(query.get('pageSize') ?? (key === 'activities' ? 50 : 30)), 100);
    const token = query.get('pageToken');
    const start = token ? all.findIndex((item) => tokenOf(item) === token) : 0;
    if (start < 0 || !(size >= 1)) throw invalid('Request contains an invalid argument.');
    const page = all.slice(start, start + size);
    const next = all[start + size];
    return { ...(page.length > 0 && { [key]: page }), ...(next && { nextPageToken: tokenOf(next) }) };
  }
}

/** Starts the service, and closes it at the end of the test. */
export async function startService(t, first) {
  const service = await new FakeService(first).listen();
  t.after(() => service.close());
  return service;
}

/** Options of a client with short polling intervals. */
export const optionsFor = (service, config) => ({
  apiKey: KEY,
  baseUrl: service.baseUrl,
  // Failures are reported without reconciling, which has tests of its own.
  onUnknownOutcome: 'throw',
  config: { pollingIntervalMs: 1, ...config, rateLimitRetry: { baseDelayMs: 1, maxDelayMs: 2, ...config?.rateLimitRetry } },
});
