/**
 * Builds the package if need be and runs an interactive session in the terminal.
 *
 *   npm run demo             on the embedded emulator
 *   npm run demo -- --live   on the real service, with the key in JULES_API_KEY
 */
import { spawn } from 'node:child_process';

import { build } from './build.mjs';
import { inRoot, main, root } from './lib/run.mjs';
import { setUpForBuild } from './setup.mjs';

await main(import.meta, async (args) => {
  await setUpForBuild();
  await build({ quiet: true });
  const example = inRoot('examples', 'interactive.mjs');
  process.exitCode = await new Promise((resolve, reject) => {
    spawn(process.execPath, [example, ...args], { cwd: root, stdio: 'inherit' })
      .on('error', reject)
      .on('close', (code) => resolve(code ?? 1));
  });
});
