// Picks activities of a list.
import { invalid } from './errors.js';

/** The activities that the options of `activities.select()` ask for. */
export function selected(activities, { after, before, type, order, limit }) {
  const from = after === undefined ? 0 : placeOf(activities, 'after', after) + 1;
  const to = before === undefined ? activities.length : placeOf(activities, 'before', before);
  const found = activities.slice(from, Math.max(from, to)).filter((activity) => type === undefined || activity.type === type);
  if (order === 'desc') found.reverse();
  return found.slice(0, limit);
}

function placeOf(activities, field, id) {
  const place = activities.findIndex((activity) => activity.id === id);
  if (place < 0) throw invalid(field, `the session has no activity with the id "${id}"`);
  return place;
}
