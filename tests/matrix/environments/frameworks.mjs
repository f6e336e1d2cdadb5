/** Next.js and test runners. */
import { command, handler, servedPage } from '../lib/runners.mjs';

const START = ['next', 'start', '--port', '0', '--hostname', '127.0.0.1'];
const BUILD = [['next', 'build']];

/** What Next.js 16 says of middleware and of the edge runtime, whatever they import. */
const DEPRECATED = [/file convention is deprecated/, /middleware-to-proxy/, /Edge Runtime is deprecated/];

const nexts = [['Next.js 16', 'next16'], ['Next.js 15', 'next15']].flatMap(([name, project]) => {
  const at = (path) => handler(BUILD, START, { path });
  const common = { project, version: 'next', allowed: DEPRECATED };
  return [
    { ...common, name: `${name}, server component`, run: at('/server') },
    { ...common, name: `${name}, Node route`, run: at('/node') },
    { ...common, name: `${name}, edge route`, run: at('/edge'), short: project === 'next16' },
    { ...common, name: `${name}, middleware`, run: at('/middleware') },
    { ...common, name: `${name}, client`, run: servedPage(BUILD, START, { path: '/client' }) },
    // Last, because it removes the build.
    { ...common, name: `${name}, edge route in dev`, run: handler([], ['next', 'dev', '--port', '0', '--hostname', '127.0.0.1'], { path: '/edge' }) },
  ];
});

const vitest = ['node', 'jsdom', 'happy-dom'].map((kind) => ({
  name: `Vitest, ${kind}`, project: 'vitest', version: 'vitest', doors: ['overHttp', 'inProcess'],
  configuration: kind === 'node' ? 'none' : `\`environment: '${kind}'\``,
  run: command([['vitest', 'run', '--environment', kind]]),
}));

const jest = [
  { name: 'Jest, CommonJS', short: true, run: command([['jest', 'program.test.js']]) },
  // Without fetch and TextDecoder: what needs neither works.
  { name: 'Jest, jsdom', doors: [], configuration: 'the environment jsdom; requests need `jest-fixed-jsdom`', run: command([['jest', 'jsdom.test.js']]) },
  {
    name: 'Jest, jsdom with the globals of Node', configuration: '`jest-fixed-jsdom`',
    run: command([['jest', 'program.test.js', '--env', 'jest-fixed-jsdom']]),
  },
].map((environment) => ({ project: 'jest', version: 'jest', doors: ['overHttp', 'inProcess'], ...environment }));

export const frameworks = [...nexts, ...vitest, ...jest];
