/** Waits for sessions and shows their progress. Shared by the commands that wait. */
import { EXIT } from './exits.js';
import { describeActivity, describeOutcome, describePlan, durationOf, isEnded, labelled, outcomeData, paintedState, stateOf, timeOf } from './print.js';
import { fitted, oneLine, plain } from './terminal.js';

/** What to do after a wait that has ended with this reason. */
const NEXT = {
  needsApproval: (id) => `Approve the plan: jules-wasm approve ${id}\nCorrect it: jules-wasm send ${id} "..."\nThen: jules-wasm wait ${id}`,
  needsReply: (id) => `Reply: jules-wasm send ${id} "..."\nThen: jules-wasm wait ${id}`,
  paused: (id) => `Send a message to continue it: jules-wasm send ${id} "..."`,
  stalled: (id) => `Send a message: jules-wasm send ${id} "Complete the task"\nOr wait longer: jules-wasm wait ${id}`,
  unknownState: (id) => `See its page, or wait again: jules-wasm wait ${id}`,
  reached: () => '',
};

/** Waits as `session.wait()` does, and prints the activities as they appear, each once, up to the end of the wait. */
export async function waitWithActivities(session, { options, out, signal, timeLeft }) {
  // With `--json` nothing is printed, so nothing is requested.
  if (out.isJson) return waitWithStates(session, { options, out, signal, timeLeft });
  const stream = session.stream({ artifacts: false, signal });
  let cursor;
  const print = async (activities) => {
    for await (const activity of activities) {
      cursor = activity.cursor;
      const line = describeActivity(activity, out.noteStyle);
      if (line) out.note(line);
    }
  };
  // A failure of the stream costs its lines only: the wait has its own requests.
  const printing = print(stream).catch((error) => signal.aborted || out.note(`The activities cannot be shown: ${error.message}`));
  try {
    const waited = await waiting(session, { options, out, signal, timeLeft });
    if (!isEnded(waited.session)) {
      await stream.return();
      await printing;
      await print(session.history({ after: cursor, artifacts: false, signal }));
    }
    await printing;
    return waited;
  } finally {
    await stream.return();
    out.close();
  }
}

/** Waits as `session.wait()` does, and prints each change of the state. */
export async function waitWithStates(session, { options, out, signal, timeLeft }) {
  try {
    return await waiting(session, { options, out, signal, timeLeft, onState: (update) => out.note(stateLine(update, out.noteStyle)) });
  } finally {
    out.close();
  }
}

/** Waits, with a line at the bottom of the terminal that shows the state. */
function waiting(session, { options: { stall, state }, out, signal, timeLeft, onState }) {
  let shown = { id: session.id, state: 'unspecified', title: '' };
  const since = Date.now();
  out.live((columns) => [statusLine(shown, since, columns, out.noteStyle)]);
  const onUpdate = (update) => {
    if (stateOf(update) !== stateOf(shown)) onState?.(update);
    shown = update;
    out.refresh();
  };
  return session.wait({ timeoutMs: timeLeft(), stallMs: stall, until: state, signal, onUpdate });
}

/** A line for a change of the state. */
export const stateLine = (session, style) =>
  `${style('dim', timeOf(session.updateTime, { date: false }).padEnd(9))} ${session.id} ${paintedState(session, style)} ${oneLine(session.title)}`.trimEnd();

function statusLine(session, since, columns, style) {
  const duration = durationOf(Date.now() - since);
  const left = columns - session.id.length - stateOf(session).length - duration.length - 3;
  return [style('dim', session.id), paintedState(session, style), style('dim', `${duration} ${fitted(oneLine(session.title), Math.max(left, 1))}`)].join(' ');
}

/** Prints what a wait has ended with, and returns the exit code. `until` are the states that were waited for. */
export async function printWaited(session, waited, { until, out, signal, timeLeft }) {
  const { reason, plan, question, silentMs } = waited;
  if (isEnded(waited.session)) {
    const outcome = await session.result({ signal, timeoutMs: timeLeft() });
    out.result({ ...outcomeData(outcome), reason }, () => describeOutcome(outcome, out.style));
    if (outcome.state === 'failed' && reason !== 'reached') return EXIT.failed;
    return until && reason !== 'reached' ? EXIT.undecided : EXIT.ok;
  }
  const { id, state, rawState, title, url } = waited.session;
  out.result({ id, state, rawState, reason, title, url, plan, question, silentMs }, () =>
    labelled(
      [
        ['session', id],
        ['state', paintedState(waited.session, out.style)],
        ['page', plain(url)],
        ['plan', plan && describePlan(plan)],
        ['question', plain(question)],
        ['silent for', silentMs === undefined ? '' : durationOf(silentMs)],
      ],
      out.style,
    ),
  );
  if (reason !== 'reached') out.note(NEXT[reason](id));
  return reason === 'reached' ? EXIT.ok : EXIT.undecided;
}
