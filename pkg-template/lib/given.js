// What callers give is read once, and what they do with it later does not reach the calls that it was given to.
import { invalid } from './errors.js';

/** As deep as data goes. What lies deeper, or in itself, is the core's to refuse. */
const DEEPEST = 20;

/**
 * A copy of data, each property of which is read once: a getter may return something else the next time. What is no data is
 * left as it is, for the core to refuse by its name. `name` is what it is called in errors, and `within` goes before the names
 * of its own.
 */
export function dataOf(given, name, within = '', above = []) {
  if (typeof given !== 'object' || given === null || above.length === DEEPEST || above.includes(given)) return given;
  const toJSON = read(name, () => given.toJSON);
  if (typeof toJSON === 'function') return read(name, () => toJSON.call(given));
  const part = (key) => dataOf(read(within + key, () => given[key]), within + key, `${within}${key}.`, [...above, given]);
  const parts = read(name, () => Object.keys(given)).map((key) => [key, part(key)]);
  return Array.isArray(given) ? parts.map(([, value]) => value) : Object.fromEntries(parts);
}

/** Options that are objects and functions of the caller's. */
const NO_DATA = ['signal', 'onUpdate', 'fetch', 'logger'];

/** A copy of options, each of which is read once. What is no object of options is left for the core to refuse. */
export function optionsOf(given) {
  if (typeof given !== 'object' || given === null) return given;
  const own = read('options', () => ({ ...given }));
  for (const name of Object.keys(own)) if (!NO_DATA.includes(name)) own[name] = dataOf(own[name], name, `${name}.`);
  return own;
}

/** The options of a client: headers may be pairs, as `Headers` and a Map have them; a logger ends nothing. */
export function clientOptionsOf(given) {
  if (typeof given !== 'object' || given === null) return given;
  const own = read('options', () => ({ ...given }));
  if (typeof own.headers === 'object') own.headers = plainHeaders(own.headers);
  if (typeof own.logger === 'object' && own.logger !== null) own.logger = harmless(own.logger);
  return optionsOf(own);
}

/** Pairs would be data without fields to the core. */
function plainHeaders(headers) {
  try {
    return typeof headers?.[Symbol.iterator] === 'function' ? Object.fromEntries(headers) : headers;
  } catch {
    throw invalid('headers', 'must be an object of strings, or pairs of them');
  }
}

function read(name, get) {
  try {
    return get();
  } catch {
    throw invalid(name, 'cannot be read: reading it throws an error');
  }
}

/** The logger's methods as they are when they are called, without what they throw or their promises reject with. */
function harmless(logger) {
  const report = (name, line) => {
    try {
      const reported = logger[name]?.(line);
      if (reported) Promise.resolve(reported).catch(() => {});
    } catch {
      // A logger that fails is no reason for a call to fail.
    }
  };
  return { debug: (line) => report('debug', line), warn: (line) => report('warn', line) };
}
