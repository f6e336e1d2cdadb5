/** `send`: sends a message to the agent. */
import { messageOf } from '../task.js';

export default async function send({ jules, options, positionals: [given, message], stdin, out, signal }) {
  const session = jules.session(given);
  await session.send(await messageOf(message, stdin), { signal, timeoutMs: options.timeout });
  out.result({ id: session.id, sent: true }, () => `Sent to ${session.id}.`);
}
