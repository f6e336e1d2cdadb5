/**
 * The environments in which the package is tested. A row of the table each:
 *
 * - `name`, the environment; `project`, the folder of its tools in projects/; `version`, the package that has it, or `browser`
 * - `run`, how the conformance file runs there (lib/runners.mjs)
 * - `doors`, how the emulator is reached: `overHttp`, or also `inProcess`
 * - `journals`, the kinds of stores that it has, where programs/journals.mjs runs instead of the conformance file
 * - `entry`, what is imported; `configuration`, what had to be configured beside that
 * - `allowed`, lines that the tools print by themselves, although they warn or name the package
 * - `short`, whether it belongs to `npm test`
 */
import { bundlers } from './environments/bundlers.mjs';
import { pages } from './environments/pages.mjs';
import { runtimes } from './environments/runtimes.mjs';
import { frameworks } from './environments/frameworks.mjs';

export const ENVIRONMENTS = [...runtimes, ...pages, ...bundlers, ...frameworks].map((environment) => ({
  configuration: environment.entry === 'jules-wasm/inline' ? '`jules-wasm/inline`' : 'none',
  doors: ['overHttp'],
  allowed: [],
  ...environment,
}));
