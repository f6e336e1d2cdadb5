/** `new`: creates a session and does not wait. */
import { configurationOf } from '../task.js';

export default async function create({ jules, options, positionals, stdin, out, signal, progress }) {
  const configuration = await configurationOf(options, positionals, stdin);
  const { id } = await jules.session({ ...configuration, requireApproval: !options['no-approval'] }, { signal, timeoutMs: options.timeout });
  progress.ids = [id];
  out.result({ id }, () => id);
  out.note(`Follow it: jules-wasm watch ${id}`);
}
