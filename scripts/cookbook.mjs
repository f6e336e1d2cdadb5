/**
 * Writes the sources of examples/cookbook into docs/cookbook.md, each after its mark `<!-- source: FILE -->`.
 *
 *   npm run cookbook
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';

import { inRoot, main } from './lib/run.mjs';

const PAGE = inRoot('docs', 'cookbook.md');
const LANGUAGES = { '.mjs': 'js', '.yml': 'yaml' };
const SOURCE = /^(<!-- source: (\S+) -->)\n(?:\n```\w+\n.*?^```\n)?/gms;

const fenced = (file) => {
  const language = LANGUAGES[extname(file)] ?? extname(file).slice(1);
  return `\n\`\`\`${language}\n${readFileSync(join(inRoot('examples', 'cookbook'), file), 'utf8')}\`\`\`\n`;
};

await main(import.meta, () => {
  writeFileSync(PAGE, readFileSync(PAGE, 'utf8').replace(SOURCE, (_, mark, file) => `${mark}\n${fenced(file)}`));
});
