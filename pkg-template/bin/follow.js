/** Waits for sessions and shows their progress. Shared by the commands that wait. */
import { EXIT } from './exits.js';
import { describeActivity, describeOutcome, describePlan, durationOf, labelled, outcomeData, paintedState } from './print.js';
import { oneLine, plain } from './terminal.js';

/** The options of the library's waits that the command line sets. */
export const waitOptionsOf = ({ timeout, stall, state }) => ({ timeoutMs: timeout, stallMs: stall, until: state });

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
export async function waitWithProgress(session, { options, out, signal }) {
  let shown = { id: session.id, state: 'queued', title: '' };
  const since = Date.now();
  out.live((columns) => [statusLine(shown, since, columns, out.noteStyle)]);
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
  const printing = out.isJson ? undefined : print(stream).catch((error) => signal.aborted || out.note(`The activities cannot be shown: ${error.message}`));
  try {
    const waited = await session.wait({
      ...waitOptionsOf(options),
      signal,
      onUpdate: (update) => {
        shown = update;
        out.refresh();
      },
    });
    if (printing && !isEnded(waited.session)) {
      await stream.return();
      await printing;
      await print(session.history({ after: cursor, artifacts: false, signal }));
    } else await printing;
    return waited;
  } finally {
    await stream.return();
    out.close();
  }
}

const isEnded = ({ state }) => state === 'completed' || state === 'failed';

function statusLine(session, since, columns, style) {
  return style('dim', `${session.id} `) + paintedState(session, style) + style('dim', ` ${durationOf(Date.now() - since)} ${oneLine(session.title)}`.slice(0, columns));
}

/** Prints what a wait has ended with, and returns the exit code. `until` are the states that were waited for. */
export async function printWaited(session, waited, { until, out, signal }) {
  const { reason, plan, question, silentMs } = waited;
  if (isEnded(waited.session)) {
    const outcome = await session.result({ signal });
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
