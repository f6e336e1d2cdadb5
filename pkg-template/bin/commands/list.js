/** `list`: the sessions, page by page. */
import { header, lineOf, rowOf } from '../session-table.js';

const DEFAULT_LIMIT = 30;

export default async function list({ jules, options, out, signal }) {
  const { state: states, archived, all, limit = all ? Infinity : DEFAULT_LIMIT } = options;
  // With a state, more sessions are read than printed.
  const read = { limit: states ? Infinity : limit, filter: archived ? 'archived = true' : undefined };
  let pageToken = options['page-token'];
  let left = limit;
  if (out.columns && !out.isJson) out.text(`${header(out)}\n`);
  try {
    for await (const page of jules.sessions({ ...read, pageToken, signal }).pages()) {
      const found = page.sessions.filter(({ state }) => !states || states.includes(state)).slice(0, left);
      for (const session of found) out.result(session, () => (out.columns ? rowOf(session, out.columns, out.style) : lineOf(session)));
      left -= found.length;
      pageToken = page.nextPageToken;
      if (left === 0) break;
    }
  } finally {
    if (pageToken) out.advise({ nextPageToken: pageToken }, `Continue: jules-wasm list --page-token ${pageToken}`);
  }
}
