/**
 * Writes docs/cli.md, the page of the command line, from the table of its commands (pkg-template/bin/commands.js).
 *
 *   node scripts/cli-docs.mjs
 */
import { writeFileSync } from 'node:fs';

import { COMMANDS } from '../pkg-template/bin/commands.js';
import { EXIT, EXIT_MEANINGS } from '../pkg-template/bin/exits.js';
import { exitsOf, optionLabel, synopsis } from '../pkg-template/bin/help.js';
import { inRoot, main } from './lib/run.mjs';

/** The lines between the front matter and the commands. */
const INTRODUCTION = `
\`npx jules-wasm COMMAND\` runs and manages sessions from a terminal, a script or a CI job. It is a part of the package and uses only
its public API.

\`\`\`sh
export JULES_API_KEY=...
npx jules-wasm run --repo owner/repo --branch main "Fix the linting errors in src/utils.ts"
\`\`\`

creates a session, prints its activities as they appear, and ends with exit code 0 only if the session has completed. Without a
key, try it on the emulator: \`npx jules-wasm emulator\` prints the values for \`JULES_BASE_URL\` and \`JULES_API_KEY\`.

- **Output**: the result goes to standard output, progress and errors go to standard error. In a terminal, lists are tables and waits
  show a live line or table; elsewhere all output is plain lines, with fields separated by tabs in lists. \`NO_COLOR\` turns colours
  off.
- **JSON**: with \`--json\` the result is one object, or one object per line. Errors are JSON too: \`{"error": {"code": …}}\`, with the
  codes of the library.
- **Errors** say what happened, what was and was not done on the service, and what to do next. Exit code 5 means that a session may
  have been created or a message sent: check before you run the command again.
- **Ctrl+C** ends the command, not the sessions. It prints how to watch them again.
- **Ids**: a session is named by its id, by \`sessions/ID\` or by the URL of its page.

In a CI job, with the result for later steps:

\`\`\`sh
npx jules-wasm run --repo owner/repo --branch main --timeout 1h --json "Update the dependencies" > result.json
\`\`\`

A session whose plan is approved first:

\`\`\`sh
id=$(npx jules-wasm new --repo owner/repo --branch main "Refactor the authentication module")
npx jules-wasm wait "$id" --state awaitingPlanApproval && npx jules-wasm approve "$id"
npx jules-wasm wait "$id" && npx jules-wasm pull "$id"
\`\`\`
`;

const cell = (text) => text.replaceAll('|', '\\|').replace(/(^|[\s(])(--[a-z-]+|"-")/g, '$1`$2`');
const table = (head, rows) => [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');

const exitRows = (names) => names.map((name) => [String(EXIT[name]), EXIT_MEANINGS[name]]);

function section([name, command]) {
  const summary = command.summary[0].toUpperCase() + command.summary.slice(1);
  return `## ${name}

\`\`\`
${synopsis(name)}
\`\`\`

${cell(`${summary}. ${command.description}`)}

${table(['option', 'meaning'], Object.entries(command.options).map(([option, details]) => [`\`${optionLabel(option, details)}\``, cell(details.text)]))}

Exit codes: ${exitsOf(command).map((exit) => EXIT[exit]).join(', ')}.

\`\`\`sh
${command.examples.map((example) => `npx jules-wasm ${example}`).join('\n')}
\`\`\`
`;
}

/** The page. */
export const cliPage = () => `---
title: Command line
---

<!-- Made by scripts/cli-docs.mjs from pkg-template/bin/commands.js. -->

# Command line
${INTRODUCTION}
${table(['command', 'what it does'], Object.entries(COMMANDS).map(([name, { summary }]) => [`[\`${name}\`](#${name})`, summary]))}

## Exit codes

${table(['code', 'meaning'], exitRows(Object.keys(EXIT)))}

${Object.entries(COMMANDS).map(section).join('\n')}`;

await main(import.meta, async () => writeFileSync(inRoot('docs', 'cli.md'), cliPage()));
