/** `run`: creates a session and waits for its end. */
import { printWaited, waitWithActivities } from '../follow.js';
import { configurationOf } from '../task.js';

export default async function run({ jules, options, positionals, stdin, out, signal, timeLeft, progress }) {
  const session = await jules.run(await configurationOf(options, positionals, stdin), { signal, timeoutMs: timeLeft() });
  progress.ids = [session.id];
  out.note(`Session ${session.id}`);
  const waited = await waitWithActivities(session, { options, out, signal, timeLeft });
  return printWaited(session, waited, { out, signal, timeLeft });
}
