/**
 * Builds the site of the documentation into target/docs: the reference of every .d.ts file, the pages of docs/, and a search. Static
 * files, to be opened by themselves or served. A warning is an error: an item without documentation, a type that is used and not
 * exported, a broken link.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { installLocked } from './lib/locked.mjs';
import { inRoot, main, must, step, StepError } from './lib/run.mjs';

/** @returns {Promise<string>} the start page */
export async function buildSite() {
  const modules = await installLocked(inRoot('docs', 'tools'), 'docs-tools', 'TypeDoc');
  await step('Building the site', () =>
    must(process.execPath, [join(modules, 'typedoc', 'bin', 'typedoc'), '--options', inRoot('docs', 'typedoc.json')], {
      advice: 'Document or export what is named above, in pkg-template/*.d.ts or docs/*.md.',
    }));
  const page = inRoot('target', 'docs', 'index.html');
  if (!existsSync(page)) throw new StepError(`TypeDoc wrote no ${page}`);
  return page;
}

await main(import.meta, async () => console.log(await buildSite()));
