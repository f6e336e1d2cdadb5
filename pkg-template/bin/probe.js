/**
 * Asks the service what its documentation leaves open, by requests that change nothing and cost nothing. The answers contain
 * statuses, names of headers and fields, counts and times between events: no key, id, prompt, message or name of a repository.
 */
const ORIGIN = 'https://example.com';
const SESSIONS = 5;

/** @returns {Promise<object>} the answers by question */
export async function probe(client, signal) {
  // An error of the service is an answer, so nothing is sent again.
  const jules = client.with({ config: { rateLimitRetry: { maxRetryTimeMs: 0 } } });
  const ask = asking(jules, signal);
  const { data, response } = await jules.request('GET /sessions', { query: { pageSize: 30 }, signal }).withResponse();
  const sessions = data?.sessions ?? [];
  const ended = sessions.filter(({ state }) => state === 'COMPLETED' || state === 'FAILED').slice(0, SESSIONS);
  return {
    headers: [...response.headers.keys()].sort(),
    fieldsOfSessions: namesIn(sessions),
    statesOfSessions: countsOf(sessions.map(({ state }) => state ?? 'none')),
    cors: await probeCors(jules, response.url, signal),
    partialResponses: statusOf(await ask('/sessions', { pageSize: 1, fields: 'sessions(id,state),nextPageToken' })),
    pageSizeOf101: await probePageSize(ask),
    filtersOfSessions: await probeFilters(ask, '/sessions', [
      'archived = true OR archived = false', 'state = "COMPLETED"', 'create_time > "2025-01-01T00:00:00Z"',
    ]),
    activities: await Promise.all(ended.map((session) => probeActivities(ask, session))),
  };
}

/** A function that sends a GET request and returns its status, its JSON and its response. */
function asking(jules, signal) {
  return async (path, query) => {
    try {
      const { data, response } = await jules.request(`GET ${path}`, { query, signal }).withResponse();
      return { status: response.status, data, response };
    } catch (error) {
      if (!error.status) throw error;
      return { status: error.status, code: error.rpcStatus };
    }
  };
}

/** The status, with the canonical code of an error. */
const statusOf = ({ status, code }) => ({ status, ...(code && { code }) });

const namesIn = (objects) => [...new Set(objects.flatMap((object) => Object.keys(object)))].sort();

function countsOf(names) {
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** What a page of another origin is allowed. The preflight is a request without the key. */
async function probeCors(jules, url, signal) {
  const [address] = url.split('?');
  const headers = { origin: ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-goog-api-key' };
  const preflight = await fetch(address, { method: 'OPTIONS', headers, signal, redirect: 'error' });
  const get = await asking(jules.with({ headers: { origin: ORIGIN } }), signal)('/sources', { pageSize: 1 });
  const allowed = (response) => Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control-')));
  return { preflight: { status: preflight.status, ...allowed(preflight) }, get: { status: get.status, ...(get.response && allowed(get.response)) } };
}

async function probePageSize(ask) {
  const found = await ask('/sessions', { pageSize: 101 });
  return { ...statusOf(found), sessions: found.data?.sessions?.length ?? 0 };
}

/** The status of each filter, and how many entries it returned. */
async function probeFilters(ask, path, filters, entries = 'sessions') {
  const answers = [];
  for (const filter of filters) {
    const found = await ask(path, { filter, pageSize: 100 });
    answers.push({ filter: filter.replace(/"\d{4}-[^"]*"/g, '"TIME"'), ...statusOf(found), entries: found.data?.[entries]?.length ?? 0 });
  }
  return answers;
}

/** The activities of an ended session, without their large parts. */
async function probeActivities(ask, session) {
  const path = `/sessions/${encodeURIComponent(session.id)}/activities`;
  const fields = 'activities(createTime,originator,artifacts(bashOutput(exitCode),media(mimeType)))';
  const page = await ask(path, { pageSize: 100, fields });
  const activities = page.data?.activities ?? [];
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
  return { ...answer, filters: await probeFilters((at, query) => ask(at, { ...query, fields: 'activities(id)' }), path, filters, 'activities') };
}
