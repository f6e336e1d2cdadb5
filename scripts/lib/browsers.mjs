/** The browsers that the tests drive: found, or installed where that can be done. */
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { execute, must, step, StepError } from './run.mjs';

const CHROMIUM = {
  name: 'Chromium and its driver',
  packages: ['chromium', 'chromium-driver'],
  programs: {
    chrome: () => process.env.CHROME ?? process.env.CHROMIUM ?? onPath(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']),
    chromedriver: () => process.env.CHROMEDRIVER ?? onPath(['chromedriver']),
  },
  advice:
    'Install Chromium and the chromedriver of the same version (Debian: apt-get install chromium chromium-driver), ' +
    'or set CHROME and CHROMEDRIVER to where they are.',
};

const FIREFOX = {
  name: 'Firefox',
  packages: ['firefox-esr'],
  programs: { firefox: () => process.env.FIREFOX ?? onPath(['firefox', 'firefox-esr']) },
  advice: 'Install Firefox (Debian: apt-get install firefox-esr), or set FIREFOX to where it is.',
};

/** WebKitGTK has a small browser of its own, which needs a screen. */
const WEBKIT = {
  name: 'WebKitGTK and Xvfb',
  packages: ['webkit2gtk-driver', 'xvfb', 'xauth'],
  programs: { MiniBrowser: () => process.env.MINIBROWSER ?? miniBrowser(), 'xvfb-run': () => onPath(['xvfb-run']) },
  advice: 'Install WebKitGTK and Xvfb (Debian: apt-get install webkit2gtk-driver xvfb xauth), or set MINIBROWSER to where its MiniBrowser is.',
};

/**
 * @returns {Promise<{ chrome: string, chromedriver: string }>} the paths of both programs
 * @throws StepError that says what to install
 */
export const ensureChromium = () => ensure(CHROMIUM);

/**
 * @returns {Promise<{ firefox: string }>} the path of the program
 * @throws StepError that says what to install
 */
export const ensureFirefox = () => ensure(FIREFOX);

/**
 * @returns {Promise<{ MiniBrowser: string, 'xvfb-run': string }>} the paths of both programs
 * @throws StepError that says what to install
 */
export const ensureWebKit = () => ensure(WEBKIT);

async function ensure({ name, packages, programs, advice }) {
  const find = () => Object.fromEntries(Object.entries(programs).map(([program, path]) => [program, path()]));
  const missing = (found) => Object.keys(found).find((program) => !found[program]);
  const found = find();
  if (!missing(found)) return found;
  const prefix = await aptPrefix();
  if (!prefix) throw new StepError(`${missing(found)} is not installed`, { advice });
  await step(`Installing ${name} with apt-get`, async () => {
    const [command, ...args] = [...prefix, 'apt-get'];
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await must(command, [...args, 'update', '-q'], { env, advice });
    await must(command, [...args, 'install', '-y', '-q', '--no-install-recommends', ...packages], { env, advice });
  });
  const installed = find();
  if (!missing(installed)) return installed;
  throw new StepError(`apt-get installed no ${missing(installed)}`, { advice });
}

function onPath(names) {
  const folders = process.env.PATH.split(':');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

function miniBrowser() {
  const libraries = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  if (!existsSync(libraries)) return undefined;
  return readdirSync(libraries).map((name) => join(libraries, name, 'MiniBrowser')).find((path) => path.includes('webkit') && isProgram(path));
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
