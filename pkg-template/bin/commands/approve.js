/** `approve`: approves the plan of a session. */
export default async function approve({ jules, options, positionals: [given], out, signal }) {
  const session = jules.session(given);
  await session.approve({ signal, timeoutMs: options.timeout });
  out.result({ id: session.id, approved: true }, () => `Approved the plan of ${session.id}.`);
}
