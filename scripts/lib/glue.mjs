/**
 * Turns wasm-bindgen's script into an ES module that does nothing when it is imported.
 *
 * wasm-bindgen keeps the instance in a variable of the file, so there is one instance for ever. A trap leaves an
 * instance in an unknown state, so the package must be able to make a new one: here the whole file becomes a function,
 * and each call of it has variables of its own.
 */
import { StepError } from './run.mjs';

/**
 * How futures are scheduled. The script calls the global `queueMicrotask`, and a test may have put one of its own in place of
 * that: what is in its queue when it goes is never run, and all later calls would wait for it. Promises are the language's own.
 */
const SCHEDULING =
  '    const settled = Promise.resolve();\n' +
  '    const queueMicrotask = (task) => void settled.then(task);\n';

/** The places that are changed. Each must be found exactly once: another release may write them otherwise. */
const EDITS = [
  {
    what: 'the opening of the script',
    find: /^let wasm_bindgen = \(function\(exports\) \{\n/g,
    put: `export function createGlue(guard) {\n    const exports = { __proto__: null };\n${SCHEDULING}`,
  },
  {
    what: 'the look at document.currentScript',
    find: /^    let script_src;\n    if \(typeof document [^\n]*\{\n[^\n]*\n    \}\n/gm,
    put: '',
  },
  {
    what: 'the place that stores the exports of the instance',
    find: /\bwasm = instance\.exports;/g,
    put: 'wasm = guard(instance.exports);',
  },
  // The asynchronous way in. Its mere mention of Response makes Node load its HTTP client, at 33 ms.
  { what: '__wbg_load', find: /^    async function __wbg_load\([\s\S]*?^    \}\n/gm, put: '' },
  { what: '__wbg_init_promise', find: /^    let __wbg_init_promise;\n/gm, put: '' },
  { what: '__wbg_init', find: /^    async function __wbg_init\([\s\S]*?^    \}\n/gm, put: '' },
  { what: '__wbg_init_once', find: /^    async function __wbg_init_once\([\s\S]*?^    \}\n/gm, put: '' },
  {
    what: 'the end of the script',
    find: /^    return Object\.assign\(__wbg_init, \{ initSync \}, exports\);\n\}\)\(\{ __proto__: null \}\);\n$/gm,
    put: '    return Object.assign(exports, { initSync });\n}\n',
  },
];

/**
 * How the script catches what an import throws: by a function that is made at each call and called with all its arguments.
 * A `try` in the import itself does the same and costs next to nothing.
 */
const CATCHING = [
  [
    /: function\(\) \{ return handleError\(function \(([^)]*)\) \{\n(.*?)\n +\}, arguments\); \},/gs,
    ': function($1) {\n                try {\n$2\n                } catch (e) { handleError(e); }\n            },',
  ],
  [
    /function handleError\(f, args\) \{\n +try \{\n.*\n +\} catch \(e\) \{\n(.*\n.*\n) +\}\n/g,
    'function handleError(e) {\n$1',
  ],
];

/** What must not be left of the script's own way of loading. */
const LEFTOVERS = /handleError\(f|script_src|__wbg_load|__wbg_init\b|__wbg_init_once|instance\.exports(?!\))/;

/**
 * @param {string} script what `wasm-bindgen --target no-modules` wrote
 * @returns {string} a module with `createGlue(guard)`, which returns the exported classes and functions together with
 *   `initSync({ module })`; the exports of the instance go through `guard` once, before anything uses them
 */
export function toGlueModule(script) {
  let text = script;
  for (const { what, find, put } of EDITS) {
    const count = [...text.matchAll(find)].length;
    if (count !== 1) throw changed(`${what} was found ${count} times instead of once`);
    text = text.replace(find, put);
  }
  for (const [find, put] of CATCHING) text = text.replace(find, put);
  const leftover = text.match(LEFTOVERS);
  if (leftover) throw changed(`\`${leftover[0]}\` is left`);
  return text;
}

const changed = (what) =>
  new StepError(`wasm-bindgen's JavaScript is not as expected: ${what}`, {
    advice: 'If wasm-bindgen was updated, compare its output (in target/npm) with scripts/lib/glue.mjs and mend the pattern.',
  });
