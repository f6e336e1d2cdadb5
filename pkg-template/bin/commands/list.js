/** `list`: the sessions, page by page. */
import { header, lineOf, rowOf } from '../session-table.js';

const LONGEST_PAGE = 100;
const DEFAULT_LIMIT = 30;

export default async function list({ jules, options, out, signal }) {
  const { state: states, archived, all, limit = all ? Infinity : DEFAULT_LIMIT } = options;
  const request = { filter: archived ? 'archived = true' : undefined, signal };
  // A page that is no larger than the limit ends where the list ends, and its token continues there.
  request.pageSize = states ? LONGEST_PAGE : Math.min(limit, LONGEST_PAGE);
  let left = limit;
  let pageToken = options['page-token'];
  if (out.columns && !out.isJson) out.text(`${header(out)}\n`);
  try {
    while (left > 0) {
      const page = await jules.sessions({ ...request, pageToken });
      for (const session of page.sessions.filter(({ state }) => !states || states.includes(state)).slice(0, left)) {
        out.result(session, () => (out.columns ? rowOf(session, out.columns, out.style) : lineOf(session)));
        left--;
      }
      pageToken = page.nextPageToken;
      if (!pageToken) break;
      if (!states) request.pageSize = Math.min(left, LONGEST_PAGE);
    }
  } finally {
    if (pageToken) out.advise({ nextPageToken: pageToken }, `Continue: jules-wasm list --page-token ${pageToken}`);
  }
}
