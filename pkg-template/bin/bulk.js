/** Archives or deletes sessions: those that are named, or those that options select. */
import { UsageError } from './arguments.js';
import { EXIT } from './exits.js';
import { stateLine } from './follow.js';
import { repositoryOf } from './print.js';

/** The options that select sessions. */
const SELECTORS = ['state', 'repo', 'older-than'];

const PAST = { archive: 'archived', delete: 'deleted' };

/** @param {'archive' | 'delete'} verb */
export async function actOn(verb, { jules, options, positionals, out, signal, isConfirmed }) {
  const show = (session, done) => out.result({ id: session.id, state: session.state, [PAST[verb]]: done }, () => stateLine(session, out.style));
  const given = (names) => names.find((name) => options[name] !== undefined);
  if (positionals.length > 0) {
    const option = given([...SELECTORS, 'archived', 'dry-run', 'yes']);
    if (option) throw new UsageError(`--${option} cannot be combined with an ID`);
    const named = positionals.map((id) => jules.session(id));
    for (const session of named) {
      await session[verb]({ signal });
      out.result({ id: session.id, [PAST[verb]]: true }, () => `${PAST[verb]} ${session.id}`);
    }
    return EXIT.ok;
  }
  if (!given(SELECTORS)) throw new UsageError('name sessions by their ID, or select them by --state, --repo or --older-than');

  let progress;
  out.live(() => (progress ? [`${progress.done} of ${progress.total} ${PAST[verb]}${progress.failed > 0 ? `, ${progress.failed} failed` : ''}`] : []));
  const filter = options.archived ? 'archived = true' : undefined;
  const selected = await jules.sessions({ filter })[verb](selecting(options), {
    dryRun: !isConfirmed,
    signal,
    onProgress: (current) => {
      progress = current;
      if (!current.error) show(current.session, true);
    },
  });
  if (isConfirmed) return EXIT.ok;
  for (const session of selected) show(session, false);
  out.note(`Nothing was ${PAST[verb]}. Selected sessions: ${selected.length}${verb === 'delete' ? '; add --yes to delete them' : ''}.`);
  return EXIT.ok;
}

/** Whether a session is one of those that the options select. */
function selecting({ state: states, repo, 'older-than': age }) {
  const before = Date.now() - age;
  return (session) =>
    (!states || states.includes(session.state)) && (!repo || repositoryOf(session) === repo) && (age === undefined || Date.parse(session.updateTime) < before);
}
