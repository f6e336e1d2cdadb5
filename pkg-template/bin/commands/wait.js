/** `wait`: until a session needs its user, is in a given state or has ended. */
import { printWaited, waitWithStates } from '../follow.js';

export default async function wait({ jules, options, positionals: [given], out, signal, timeLeft, progress }) {
  const session = jules.session(given);
  progress.ids = [session.id];
  const waited = await waitWithStates(session, { options, out, signal, timeLeft });
  return printWaited(session, waited, { until: options.state, out, signal, timeLeft });
}
