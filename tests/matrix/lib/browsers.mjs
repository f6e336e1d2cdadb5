/** Browsers that open one page, without a screen and with a profile of their own. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

import { ensureChromium, ensureFirefox, ensureWebKit } from '../../../scripts/lib/browsers.mjs';
import { execute, StepError } from '../../../scripts/lib/run.mjs';
import { Unavailable } from './unavailable.mjs';

const CHROMIUM_ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--enable-logging=stderr'];

/** How each browser is started: the program, the arguments before all others, and those for a page. */
export const BROWSERS = {
  async chromium() {
    const { chrome } = await had(ensureChromium);
    return { program: chrome, args: (profile) => [...CHROMIUM_ARGS, `--user-data-dir=${profile}`] };
  },
  /** A build from npm, packed. It prints no version, and without a port for debugging it ends when the page has loaded. */
  async oldChromium(project) {
    const program = project.path('chromium');
    if (!existsSync(program)) {
      const packed = readFileSync(project.path('node_modules', '@sparticuz', 'chromium', 'bin', 'chromium.br'));
      writeFileSync(program, brotliDecompressSync(packed), { mode: 0o755 });
    }
    const more = ['--no-zygote', '--remote-debugging-port=0'];
    return { program, args: (profile) => [...CHROMIUM_ARGS, ...more, `--user-data-dir=${profile}`], version: project.version('@sparticuz/chromium') };
  },
  async firefox() {
    const { firefox } = await had(ensureFirefox);
    return { program: firefox, args: (profile) => ['--headless', '--no-remote', '--profile', profile] };
  },
  async webkit() {
    const { MiniBrowser, 'xvfb-run': program } = await had(ensureWebKit);
    return { program, before: ['-a', MiniBrowser], args: () => ['--private'] };
  },
};

/** What this machine has, or gets from its distribution. */
async function had(ensure) {
  try {
    return await ensure();
  } catch (error) {
    throw error instanceof StepError ? new Unavailable(error.message) : error;
  }
}

/** The version of a browser as it prints it. */
export async function browserVersion({ program, before = [], version }) {
  if (version) return version;
  const { stdout } = await execute(program, [...before, '--version']);
  return stdout.match(/\d+[\d.]*/)?.[0];
}

/** What a page has written to the console, in Chromium's log. Of requests that fail the page itself learns by its client. */
const consoleLines = (log) =>
  [...log.matchAll(/:CONSOLE[:(]\d+[\])]* (.*)/g)].map(([, line]) => line).filter((line) => !/^"Failed to load resource/.test(line));

/**
 * Opens a page.
 *
 * @param {(error: Error) => void} onEnd is called if the browser ends by itself
 * @returns {{ console: string[], close: () => Promise<void> }}
 */
export function openPage({ program, before = [], args }, url, onEnd) {
  const profile = mkdtempSync(join(tmpdir(), 'jules-wasm-browser-'));
  const env = { ...process.env, HOME: profile };
  const child = spawn(program, [...before, ...args(profile), url], { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data));
  const exited = new Promise((resolve) => {
    child.once('error', (error) => (onEnd(error), resolve()));
    child.once('exit', (code) => (onEnd(new Error(`the browser ended by itself, with ${code}: ${log}`)), resolve()));
  });
  return {
    get console() {
      return consoleLines(log);
    },
    async close() {
      if (child.pid && child.exitCode === null) process.kill(-child.pid);
      await exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
