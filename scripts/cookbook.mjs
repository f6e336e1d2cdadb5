/**
 * Writes the sources of examples into the pages of the documentation, each after its mark `<!-- source: FILE -->`.
 *
 *   npm run cookbook
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';

import { inRoot, main } from './lib/run.mjs';

/** The pages of docs/, and the folders of examples/ whose sources they show. */
const PAGES = { 'cookbook.md': 'cookbook', 'batches.md': 'bullmq' };
const LANGUAGES = { '.mjs': 'js', '.yml': 'yaml' };
const SOURCE = /^(<!-- source: (\S+) -->)\n(?:\n```\w+\n.*?^```\n)?/gms;

const fenced = (file) => {
  const language = LANGUAGES[extname(file)] ?? extname(file).slice(1);
  return `\n\`\`\`${language}\n${readFileSync(file, 'utf8')}\`\`\`\n`;
};

await main(import.meta, () => {
  for (const [page, folder] of Object.entries(PAGES)) {
    const path = inRoot('docs', page);
    const text = readFileSync(path, 'utf8').replace(SOURCE, (_, mark, file) => `${mark}\n${fenced(join(inRoot('examples', folder), file))}`);
    writeFileSync(path, text);
  }
});
