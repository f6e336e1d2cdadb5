/** The browser that the tests drive: found, or installed where that can be done. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

import { execute, must, step, StepError } from './run.mjs';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ADVICE =
  'Install Chromium and the chromedriver of the same version (Debian: apt-get install chromium chromium-driver), ' +
  'or set CHROME and CHROMEDRIVER to where they are.';

/**
 * @returns {Promise<{ chrome: string, chromedriver: string }>} the paths of both programs
 * @throws StepError that says what to install
 */
export async function ensureChromium() {
  const found = find();
  if (found.chrome && found.chromedriver) return found;
  const prefix = await aptPrefix();
  if (!prefix) throw new StepError(`${missing(found)} is not installed`, { advice: ADVICE });
  await step('Installing Chromium and its driver with apt-get', async () => {
    const [command, ...args] = [...prefix, 'apt-get'];
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await must(command, [...args, 'update', '-q'], { env, advice: ADVICE });
    const install = ['install', '-y', '-q', '--no-install-recommends', 'chromium', 'chromium-driver'];
    await must(command, [...args, ...install], { env, advice: ADVICE });
  });
  const installed = find();
  if (installed.chrome && installed.chromedriver) return installed;
  throw new StepError(`apt-get installed no ${missing(installed)}`, { advice: ADVICE });
}

function find() {
  return {
    chrome: process.env.CHROME ?? process.env.CHROMIUM ?? onPath(BROWSERS),
    chromedriver: process.env.CHROMEDRIVER ?? onPath(['chromedriver']),
  };
}

const missing = ({ chrome }) => (chrome ? 'chromedriver' : 'Chromium');

function onPath(names) {
  const folders = process.env.PATH.split(':');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What to write before apt-get, or nothing where it is not there or would ask for a password. */
async function aptPrefix() {
  if (!onPath(['apt-get'])) return undefined;
  if (process.getuid?.() === 0) return [];
  return (await execute('sudo', ['-n', 'true'])).code === 0 ? ['sudo', '-n'] : undefined;
}
