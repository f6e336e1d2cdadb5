/** `watch`: follows sessions until all have ended. A table in a terminal, otherwise one line per change. */
import { EXIT } from '../exits.js';
import { stateLine } from '../follow.js';
import { describeActivity, describeOutcome, isEnded, needsUser, outcomeData, stateOf } from '../print.js';
import { rowOf } from '../session-table.js';

export default (context) => (context.positionals.length > 0 ? watchThese(context) : watchAll(context));

/** Follows the feed of all sessions until those that it has shown have ended. */
async function watchAll({ jules, options, out, signal, progress }) {
  const { sessions } = await jules.sessions({ pageSize: 100, signal });
  const latest = new Map(sessions.filter((session) => !isEnded(session)).map((session) => [session.id, session]));
  const isTable = out.columns !== undefined && !out.isJson;
  if (latest.size === 0) out.note('No session runs.');
  else out.live((columns, rows) => liveLines([...latest.values()], columns, rows, out.noteStyle));
  const running = () => [...latest.values()].filter((session) => !isEnded(session));
  progress.ids = running().map(({ id }) => id);
  const feed = jules.watch({ signal, timeoutMs: options.timeout });
  while (running().length > 0) {
    const { type, session } = (await feed.next()).value;
    latest.set(session.id, session);
    progress.ids = running().map(({ id }) => id);
    if (!isTable) showState(type === 'ended' ? 'state' : type, session, out);
    if (type === 'ended' && out.isJson) out.result({ event: 'end', ...outcomeData(await jules.session(session.id).result({ signal })) });
    out.refresh();
  }
  await feed.return();
  out.close();
  if (isTable) for (const session of latest.values()) out.text(`${rowOf(session, out.columns, out.style)}\n`);
  return [...latest.values()].some(({ state }) => state === 'failed') ? EXIT.failed : EXIT.ok;
}

function showState(event, session, out) {
  const { id, state, rawState, title, url, updateTime } = session;
  out.result({ event, id, state, rawState, title, url, updateTime }, () => stateLine(session, out.style));
}

async function watchThese({ jules, options, positionals, out, signal: interrupt, progress }) {
  // An error of one session ends the waits for the others.
  const ending = new AbortController();
  const signal = AbortSignal.any([interrupt, ending.signal]);
  const first = positionals.map((id) => ({ id: jules.session(id).id, state: 'unspecified', updateTime: '', title: '' }));
  const sessions = first.map(({ id }) => jules.session(id));
  progress.ids = sessions.map(({ id }) => id);
  const latest = new Map(first.map((session) => [session.id, session]));
  const isTable = sessions.length > 1 && out.columns !== undefined && !out.isJson;
  out.live((columns, rows) => liveLines([...latest.values()], columns, rows, out.noteStyle));
  // The activities of a single session show all but the states that wait for the user.
  const showsState = (session) => out.isJson || (sessions.length > 1 ? !isTable : needsUser(session));

  const follow = async (session) => {
    const onUpdate = (update) => {
      const last = latest.get(session.id);
      latest.set(session.id, update);
      if (stateOf(update) !== stateOf(last) && showsState(update)) showState('state', update, out);
      out.refresh();
    };
    const results = [session.result({ signal, timeoutMs: options.timeout, onUpdate })];
    if (sessions.length === 1) results.push(showActivities(session, { out, signal }));
    const [outcome] = await Promise.all(results);
    if (out.isJson) out.result({ event: 'end', ...outcomeData(outcome) });
    return outcome;
  };
  const outcomes = await Promise.all(sessions.map(follow)).finally(() => ending.abort());
  out.close();
  if (isTable) for (const session of latest.values()) out.text(`${rowOf(session, out.columns, out.style)}\n`);
  else if (!out.isJson && outcomes.length === 1) out.text(`${describeOutcome(outcomes[0], out.style)}\n`);
  return outcomes.some(({ state }) => state === 'failed') ? EXIT.failed : EXIT.ok;
}

async function showActivities(session, { out, signal }) {
  for await (const activity of session.stream({ artifacts: false, signal })) {
    const line = out.isJson ? '' : describeActivity(activity, out.style);
    if (line || out.isJson) out.result({ event: 'activity', id: session.id, activity }, () => line);
  }
}

/** Those that need their user first, then those that run, then those that have ended; as many as the terminal has rows for. */
function liveLines(sessions, columns, rows, style) {
  const rank = (session) => (isEnded(session) ? 2 : needsUser(session) ? 0 : 1);
  const sorted = sessions.toSorted((a, b) => rank(a) - rank(b));
  const shown = sorted.slice(0, Math.max(rows - 2, 1)).map((session) => rowOf(session, columns, style));
  const counts = [0, 1, 2].map((wanted) => sessions.filter((session) => rank(session) === wanted).length);
  const summary = ['waiting for you', 'running', 'ended'].map((text, index) => `${text}: ${counts[index]}`).join(', ');
  const hidden = sorted.length - shown.length;
  return [...shown, style('dim', `${summary}${hidden > 0 ? `; ${hidden} not shown` : ''}`)];
}
