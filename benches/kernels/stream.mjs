/**
 * Streams a session that has `stored` activities; says when they were read, counts what is received until `fresh` more
 * have come, then waits for the end of the stream.
 */
import { countRequests, makeClient } from '../lib/clients.mjs';
import { kernel } from '../lib/kernel.mjs';
import { sum } from '../lib/stats.mjs';

kernel(async ({ side, baseUrl, interval, id, stored, fresh }, say) => {
  const log = countRequests();
  const client = await makeClient(side, { baseUrl, interval });
  const received = () => ({ requests: log.length, down: sum(log.map(({ down }) => down)) });
  const ids = [];
  const late = {};
  let before;
  let after;
  const isRead = () => {
    before = received();
    say({ isRead: true });
  };
  // It is not visible when an empty history has been read.
  if (stored === 0) setTimeout(isRead, 4 * interval);
  const reading = (async () => {
    for await (const activity of client.session(id).stream()) {
      ids.push(activity.id);
      if (ids.length > stored) late[activity.id] = Date.now();
      if (ids.length === stored) isRead();
      if (ids.length === stored + fresh) {
        after = received();
        say({ isFresh: true });
      }
    }
    return Date.now();
  })();
  const completed = new Promise((resolve) => process.once('message', ({ giveUpMs }) => setTimeout(resolve, giveUpMs)));
  const endedAt = await Promise.race([reading, completed]);
  return { ids, late, endedAt, history: before, requests: after.requests - before.requests, down: after.down - before.down };
});
