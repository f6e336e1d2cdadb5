/** The recorded answers, and how the façade reads each. */
import { readdirSync, readFileSync } from 'node:fs';

import { toError } from '../../pkg-template/lib/errors.js';
import { activitiesOf, activityOf, sessionOf, sourceOf } from '../../pkg-template/lib/model.js';
import { engine } from '../../pkg-template/lib/engine.js';

const folder = new URL('../fixtures/', import.meta.url);

export const load = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));

/** Stands for a cursor, which the core makes. */
export const CURSOR = 'cursor';

const page = (list, read) => (wire) => {
  const items = engine.entries(wire, list);
  const token = wire?.nextPageToken;
  return { items: read(items), ...(typeof token === 'string' && token && { nextPageToken: token }) };
};

/** What the façade makes of an answer, by what it is: as plain data. */
export const READERS = {
  session: sessionOf,
  sessions: page('sessions', (items) => items.map(sessionOf)),
  activity: (wire) => activityOf(wire, CURSOR),
  activities: page('activities', (entries) =>
    activitiesOf({ entries, cursors: `${CURSOR}\n`.repeat(entries.length), withoutArtifacts: [] })),
  source: sourceOf,
  sources: page('sources', (items) => items.map(sourceOf)),
};

/** The field of a page in which its entries are. */
export const LISTS = { sessions: 'sessions', activities: 'activities', sources: 'sources' };

// The first that fits counts.
const KINDS = [
  ['sessions-list-', 'sessions'], ['session-', 'session'], ['activities-', 'activities'], ['activity-', 'activity'],
  ['sources-list-', 'sources'], ['source', 'source'], ['list-empty', 'sessions'], ['empty-response', 'session'],
];

export const plain = (value) => JSON.parse(JSON.stringify(value));

/** All recorded answers that are no errors: `{ name, kind, wire }`. */
export function all() {
  const names = readdirSync(folder).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5)).sort();
  return names
    .filter((name) => !/^(request|error)-/.test(name))
    .map((name) => ({ name, kind: KINDS.find(([start]) => name.startsWith(start))[1], wire: load(name) }));
}

export { toError };
