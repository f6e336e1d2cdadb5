/** `ask`: sends a message and waits for the reply. */
import { durationOf } from '../print.js';
import { messageOf } from '../task.js';
import { plain } from '../terminal.js';

export default async function ask({ jules, options, positionals: [given, message], stdin, out, signal, progress }) {
  const session = jules.session(given);
  progress.ids = [session.id];
  const since = Date.now();
  out.live(() => [out.noteStyle('dim', `Waiting for the reply: ${durationOf(Date.now() - since)}`)]);
  const reply = await session.ask(await messageOf(message, stdin), { signal, timeoutMs: options.timeout });
  out.close();
  out.result(reply, () => plain(reply.message));
}
