/**
 * The three ways in which environments run the conformance file. Each returns a function of the project and the desk that resolves with
 * `{ result, output, bytes }`: what was found, what the tools have printed, and what is shipped (`{ entry, lazy }`, after gzip).
 */
import { spawn } from 'node:child_process';
import { gzipSync } from 'node:zlib';

import { BROWSERS, openPage } from './browsers.mjs';
import { Site } from './site.mjs';

/** The longest time until a server prints its address. */
const START_MS = 120_000;

/** Runs commands in turn. The last one prints the result; `shipped` is the folder that they have built. */
export const command = (commands, { shipped } = {}) => async (project) => {
  const output = await project.build(commands);
  const result = output.match(/RESULT (\{.*\})$/m)?.[1];
  if (!result) throw new Error(`no result:\n${output}`);
  return { result: JSON.parse(result), output: output.replace(`RESULT ${result}`, ''), bytes: shipped && bytesOf(project, shipped) };
};

/** Builds a page and opens it. Without an index.html in `folder` its start page is `html`. */
export const page = (commands, { folder, html, browser = 'chromium' }) => async (project, desk) => {
  const built = await project.build(commands);
  const { output, ...rest } = await opened(new Site({ folder: project.path(folder), html }), project, browser, desk);
  return { ...rest, output: `${built}\n${output}` };
};

/** Starts a server and opens one of its pages. `direct`: the browser asks the server itself, because it needs its web socket. */
export const servedPage = (commands, server, { path = '/', browser = 'chromium', direct = false }) => async (project, desk) => {
  const built = await project.build(commands);
  return withServer(project, server, async (origin) => {
    const open = () => (direct ? openedAt(origin + path, project, browser, desk) : opened(new Site({ origin }), project, browser, desk, path));
    const { output, ...rest } = await open();
    return { ...rest, output: `${built}\n${output}` };
  });
};

/** Starts a server that responds with the result. */
export const handler = (commands, server, { path = '/', shipped } = {}) => async (project) => {
  const built = await project.build(commands);
  return withServer(project, server, async (origin) => {
    const response = await fetch(origin + path);
    const text = await response.text();
    const result = text.match(/(\{"(?:parsed|journals)".*?\})(?:<|$)/)?.[1];
    if (!result) throw new Error(`no result: ${response.status} ${text}`);
    return { result: JSON.parse(result), output: built, bytes: shipped && bytesOf(project, shipped) };
  });
};

/** What is in the scripts and the wasm of a folder, after gzip. */
function bytesOf(project, folder) {
  const files = [...project.files(folder)].filter(([name]) => /\.([cm]?js|wasm)$/.test(name));
  return { entry: files.reduce((sum, [, content]) => sum + gzipSync(content, { level: 9 }).length, 0), lazy: 0 };
}

async function opened(site, project, browser, desk, path = '/') {
  const origin = await site.open();
  try {
    const run = await openedAt(origin + path, project, browser, desk, () => site.begin());
    return { ...run, bytes: site.bytes };
  } finally {
    site.close();
  }
}

async function openedAt(url, project, browser, desk, onBegin) {
  const program = await BROWSERS[browser](project);
  const { report, fail } = desk.expect(onBegin);
  const opened = openPage(program, url, fail);
  try {
    const { result, complaints } = await report;
    return { result, output: [...complaints, ...opened.console].join('\n') };
  } catch (error) {
    throw new Error([error.message, ...opened.console].join('\n'));
  } finally {
    await opened.close();
  }
}

async function withServer(project, [program, ...args], use) {
  const env = { ...process.env, NO_COLOR: '1', ...project.env };
  const child = spawn(program, args, { cwd: project.path(), env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const exited = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  try {
    const origin = await new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`${program} ${why}:\n${output}`));
      const late = setTimeout(() => fail('printed no address'), START_MS);
      exited.then((code) => fail(`ended by itself, with ${code}`));
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk) => {
          output += chunk;
          const address = output.match(/https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\]):\d+(?=[\s/])/)?.[0];
          if (address) clearTimeout(late), resolve(address);
        });
      }
    });
    const run = await use(origin);
    return { ...run, output: `${run.output}\n${output}` };
  } catch (error) {
    throw new Error(`${error.message}\n${output}`);
  } finally {
    if (child.exitCode === null && child.pid) process.kill(-child.pid);
    await exited;
  }
}
