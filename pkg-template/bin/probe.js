/**
 * Asks the service what its documentation leaves open, by requests that change nothing and cost nothing. The answers contain
 * statuses, names of headers and fields, counts and times between events: no key, id, prompt, message or name of a repository.
 */
const SERVICE = 'https://jules.googleapis.com/v1alpha';
const ORIGIN = 'https://example.com';
const SESSIONS = 5;
const REQUEST_TIMEOUT_MS = 30_000;

/** @returns {Promise<object>} the answers by question */
export async function probe({ baseUrl = SERVICE, apiKey, signal }) {
  const ask = asking({ baseUrl: baseUrl || SERVICE, apiKey, signal });
  const page = await ask('/sessions', { query: { pageSize: 30 } });
  const sessions = page.body?.sessions ?? [];
  const ended = sessions.filter(({ state }) => state === 'COMPLETED' || state === 'FAILED').slice(0, SESSIONS);
  return {
    headers: page.headers,
    fieldsOfSessions: namesIn(sessions),
    statesOfSessions: countsOf(sessions.map(({ state }) => state ?? 'none')),
    cors: await probeCors(ask),
    partialResponses: statusOf(await ask('/sessions', { query: { pageSize: 1, fields: 'sessions(id,state),nextPageToken' } })),
    pageSizeOf101: await probePageSize(ask),
    filtersOfSessions: await probeFilters(ask, '/sessions', [
      'archived = true OR archived = false', 'state = "COMPLETED"', 'create_time > "2025-01-01T00:00:00Z"',
    ]),
    activities: await Promise.all(ended.map((session) => probeActivities(ask, session))),
  };
}

/** A function that sends a request and returns its status, its JSON and the names of its headers. Errors of the service are answers. */
function asking({ baseUrl, apiKey, signal }) {
  return async (path, { method = 'GET', query = {}, headers = {}, isPublic = false } = {}) => {
    const response = await fetch(`${baseUrl.replace(/\/+$/, '')}${path}?${new URLSearchParams(query)}`, {
      method,
      headers: { ...(!isPublic && { 'x-goog-api-key': apiKey }), ...headers },
      redirect: 'error', // The key must not go to another origin.
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    const text = await response.text();
    return { status: response.status, body: jsonOf(text), headers: [...response.headers.keys()].sort(), response };
  };
}

function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The status, with the canonical code of an error. */
const statusOf = ({ status, body }) => ({ status, ...(body?.error?.status && { code: body.error.status }) });

const namesIn = (objects) => [...new Set(objects.flatMap((object) => Object.keys(object)))].sort();

function countsOf(names) {
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** What a page of another origin is allowed. */
async function probeCors(ask) {
  const origin = { origin: ORIGIN };
  const preflight = await ask('/sessions', {
    method: 'OPTIONS',
    isPublic: true,
    headers: { ...origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-goog-api-key' },
  });
  const simple = await ask('/sources', { query: { pageSize: 1 }, headers: origin });
  const allowed = ({ status, response }) => ({ status, ...Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control-'))) });
  return { preflight: allowed(preflight), get: allowed(simple) };
}

async function probePageSize(ask) {
  const found = await ask('/sessions', { query: { pageSize: 101 } });
  return { ...statusOf(found), sessions: found.body?.sessions?.length ?? 0 };
}

/** The status of each filter, and how many entries it returned. */
async function probeFilters(ask, path, filters, entries = 'sessions') {
  const answers = [];
  for (const filter of filters) {
    const found = await ask(path, { query: { filter, pageSize: 100 } });
    answers.push({ filter: filter.replace(/"\d{4}-[^"]*"/g, '"TIME"'), ...statusOf(found), entries: found.body?.[entries]?.length ?? 0 });
  }
  return answers;
}

/** The activities of an ended session, without their large parts. */
async function probeActivities(ask, session) {
  const path = `/sessions/${encodeURIComponent(session.id)}/activities`;
  const fields = 'activities(createTime,originator,artifacts(bashOutput(exitCode),media(mimeType)))';
  const page = await ask(path, { query: { pageSize: 100, fields } });
  const activities = page.body?.activities ?? [];
  const times = activities.map(({ createTime }) => Date.parse(createTime));
  const answer = {
    ...statusOf(page),
    entries: activities.length,
    originators: countsOf(activities.map(({ originator }) => String(originator).toLowerCase())),
    artifacts: countsOf(activities.flatMap(({ artifacts = [] }) => artifacts.map((artifact) => Object.keys(artifact)[0] ?? 'changeSet'))),
    outOfOrder: times.filter((time, index) => time < times[index - 1]).length,
    updateTimeAfterLastActivityMs: Date.parse(session.updateTime) - Math.max(...times),
  };
  if (activities.length < 2) return answer;
  const [first, last] = [activities[0].createTime, activities.at(-1).createTime];
  const filters = [
    `create_time > "${first}"`, `create_time >= "${first}"`, `create_time < "${last}"`, `create_time > "${first}" AND create_time < "${last}"`,
  ];
  return { ...answer, filters: await probeFilters((at, { query }) => ask(at, { query: { ...query, fields: 'activities(id)' } }), path, filters, 'activities') };
}
