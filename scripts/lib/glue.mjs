/**
 * Makes a module of wasm-bindgen's JavaScript of which one can have several instances.
 *
 * wasm-bindgen keeps the instance in a variable of the module, so a module has one instance (with wasm-bindgen's own function that
 * replaces it, late callbacks of the old instance throw into the event loop). A trap leaves an instance in an unknown state, so the
 * package must be able to create another: here the whole module becomes a function, and each call of it has its own variables.
 */
import { StepError } from './run.mjs';

/**
 * How futures are scheduled. The module calls the global `queueMicrotask`, which a test may have mocked: tasks that are in the
 * queue of the mock when it is removed never run, and all later calls would wait for them. Promises cannot be mocked that way.
 */
const SCHEDULING = 'const settled = Promise.resolve();\nconst queueMicrotask = (task) => void settled.then(task);\n';

const EXPORT = /^export (?=(?:class|function) (\w+))/gm;

/**
 * @param {string} script what `wasm-bindgen --target bundler` wrote beside NAME.wasm as NAME_bg.js
 * @param {string} name
 * @returns {string} a module with `createGlue()`, which gets the classes that jsdom lacks, and returns the exported classes and functions, `imports` for
 *   `WebAssembly.instantiate`, and `start(exports)`, to be called with what was instantiated before anything else
 */
export function toGlueModule(script, name) {
  const names = [...script.matchAll(EXPORT)].map(([, exported]) => exported);
  const body = script.replace(EXPORT, '');
  if (/^(?:import|export)\b/m.test(body) || !names.includes('__wbg_set_wasm')) {
    throw new StepError("wasm-bindgen's JavaScript is not as expected", {
      advice: 'If wasm-bindgen was updated, compare its output (in target/npm) with scripts/lib/glue.mjs.',
    });
  }
  return `export function createGlue({ TextDecoder, TextEncoder }) {
${SCHEDULING}${body}
const glue = { ${names.join(', ')} };
const start = (exports) => {
  __wbg_set_wasm(exports);
  exports.__wbindgen_start();
};
return { ...glue, imports: { './${name}_bg.js': glue }, start };
}
`;
}
