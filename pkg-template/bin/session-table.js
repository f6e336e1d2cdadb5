/** Sessions as rows of a table in a terminal, and as plain lines elsewhere. */
import { paintedState, repositoryOf, stateOf, timeOf } from './print.js';
import { fitted, oneLine } from './terminal.js';

const GAP = '  ';

/** The widths of the columns; the title takes the rest. In a narrow terminal the repository and the time are left out. */
function widthsOf(columns) {
  const widths = { id: 20, state: 20, time: columns < 120 ? 0 : 19, repository: columns < 90 ? 0 : 24 };
  const others = Object.values(widths).reduce((sum, width) => sum + (width && width + GAP.length), 0);
  return { ...widths, title: Math.max(columns - others, 10) };
}

/** The session's row. */
export function rowOf(session, columns, style) {
  const widths = widthsOf(columns);
  const cells = { id: session.id, time: timeOf(session.createTime), repository: repositoryOf(session), title: oneLine(session.title) };
  return Object.entries(widths)
    .filter(([, width]) => width > 0)
    .map(([name, width]) => (name === 'state' ? paintedState(session, style, width) : fitted(cells[name], width)))
    .join(GAP)
    .trimEnd();
}

export function header({ columns, style }) {
  const names = { id: 'ID', state: 'STATE', time: 'CREATED', repository: 'REPOSITORY', title: 'TITLE' };
  const cells = Object.entries(widthsOf(columns)).filter(([, width]) => width > 0).map(([name, width]) => fitted(names[name], width));
  return style('bold', cells.join(GAP).trimEnd());
}

/** The session's line: fields separated by tabs. */
export const lineOf = (session) =>
  [session.id, stateOf(session), session.createTime, repositoryOf(session), oneLine(session.title)].join('\t');
