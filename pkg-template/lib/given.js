// Reads and checks the arguments of callers, as described by lib/table.js: before any request, and with the caller's stack. The
// core gets complete, well-formed data. Own properties only, each read once, so that later changes of an options object do not
// affect calls that were made with it.
import { variable } from './builtins.js';
import { invalid } from './errors.js';
import { isRepository, problemOfBaseUrl, quoted } from './ids.js';
import { sharedSignal } from './signals.js';
import { TABLE } from './table.js';

/** The options of a call: those of its `kind` in the table and those of all calls. `title` is the call's name in messages. */
export const optionsOf = (kind, given, title) => readOptions(TABLE[kind], given, title);

/** The same for a call whose options are not in the table. */
export function readOptions(own, given, title) {
  const fields = { ...own, ...TABLE.call };
  return withDefaults(fields, readObject(given, fields, title));
}

/** The configuration of a session. */
export function configurationOf(given) {
  const what = "the session's configuration";
  return withDefaults(TABLE.session, readObject(given, TABLE.session, what));
}

/** A copy of options that are checked after the call has begun. */
export function copyOf(given, what) {
  const object = objectOf(given ?? {}, what);
  return read(what, () => ({ ...object }));
}

/** The items of a batch. */
export function listOf(items) {
  if (typeof items?.[Symbol.iterator] === 'function') return Array.from(items);
  throw invalid('items', 'must be an array or another iterable');
}

/** The keys of a batch's items, which must be different texts. */
export function keysOf(items, key) {
  if (key === undefined) throw invalid('key', 'is missing; a function is required that returns the key of an item');
  const places = new Map();
  return items.map((item, index) => {
    const own = read(`key(items[${index}])`, () => key(item, index));
    if (typeof own !== 'string' || own === '') throw invalid(`key(items[${index}])`, 'must be a string that is not empty');
    // The journal cannot keep half a surrogate pair: another run would not find the item there.
    if (/\p{Cs}/u.test(own)) throw invalid(`key(items[${index}])`, 'contains half of a surrogate pair');
    if (places.has(own)) throw invalid(`key(items[${index}])`, `is ${quoted(own)} like that of items[${places.get(own)}]; each item needs a key of its own`);
    places.set(own, index);
    return own;
  });
}

/** A repository: `{ github: 'owner/repo' }`. */
export const repositoryOf = (given) => readObject(given, TABLE.repository, 'source');

/** How a client is closed. */
export const closingOf = (given) => withDefaults(TABLE.close, readObject(given, TABLE.close, 'close()'));

/** The format of a web stream. */
export const formatOf = (given) => withDefaults(TABLE.readable, readObject(given, TABLE.readable, 'toReadableStream()')).format;

/** The options of a client: `base`, which is complete, overridden field by field by the given ones. */
export function clientOptionsOf(given, base = withDefaults(TABLE.client, {})) {
  const own = readObject(given, TABLE.client, "the client's options");
  const options = over(base, own, TABLE.client);
  const names = new Set((own.headers ?? []).map(([name]) => name.toLowerCase()));
  options.headers = [...base.headers.filter(([name]) => !names.has(name.toLowerCase())), ...(own.headers ?? [])];
  checkLocation('baseUrl', options);
  return options;
}

/** These options, and for those that are absent the variables of the environment. Read at the first call, not when importing. */
export function inEnvironment(options) {
  const all = { ...options };
  for (const [name, field] of Object.entries(TABLE.client).filter(([name, field]) => field.variable && !(name in options))) {
    const value = variable(field.variable);
    all[name] = value ? KINDS[field.kind](value, field.variable, field) : field.default;
    if (name === 'baseUrl') checkLocation(field.variable, all);
  }
  return all;
}

function checkLocation(path, { baseUrl, fetch }) {
  if ((baseUrl ?? '://').includes('://') || fetch || hasLocation()) return;
  throw invalid(path, 'starts with "/", which requires a page or a custom `fetch`');
}

/** `own` over `base`, field by field. */
function over(base, own, fields) {
  const merged = { ...base };
  for (const [name, value] of Object.entries(own)) {
    const nested = fields[name].fields;
    merged[name] = nested ? over(base[name], value, nested) : value;
  }
  return merged;
}

function hasLocation() {
  try {
    return typeof globalThis.location === 'object' && globalThis.location !== null;
  } catch {
    return false;
  }
}

/** An argument that is a string, such as a message. */
export const textOf = (name, given) => required(name, text(given, name));

/** One of the states of a session. */
export function stateOf(given) {
  return state(textOf('state', given), 'state');
}

/** Reads a property, which may run code of the caller, such as a getter or a proxy. */
function read(name, get) {
  try {
    return get();
  } catch {
    throw invalid(name, 'cannot be read: reading it throws an error');
  }
}

function readObject(given, fields, what, prefix = '') {
  given = objectOf(given ?? {}, what);
  const own = {};
  for (const name of read(what, () => Object.keys(given))) {
    const path = prefix + name;
    const value = read(path, () => given[name]);
    if (value === undefined || value === null) continue;
    if (Object.hasOwn(fields, name) && isEmptyText(value, fields[name])) continue;
    if (!Object.hasOwn(fields, name)) {
      const known = Object.keys(fields).map((field) => `"${field}"`).join(', ');
      throw invalid(path, `is not an option of ${what}; its options are ${known}`);
    }
    own[name] = KINDS[fields[name].kind](value, path, fields[name]);
  }
  for (const [name, field] of Object.entries(fields)) if (field.required) required(prefix + name, own[name]);
  return own;
}

function objectOf(given, what) {
  if (typeof given === 'object' && !read(what, () => Array.isArray(given))) return given;
  throw invalid(what, `must be an object, not ${kindOf(given)}`);
}

/** An empty optional string counts as absent. */
const isEmptyText = (value, { kind, required }) => value === '' && kind === 'text' && !required;

function required(path, value) {
  if (value === undefined) throw invalid(path, 'is missing; a string is required');
  if (value.trim() === '') throw invalid(path, 'must not be empty');
  return value;
}

/** The fields, with defaults for those that are absent. */
function withDefaults(fields, own) {
  const all = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field.fields && (name in own || hasDefaults(field))) all[name] = withDefaults(field.fields, own[name] ?? {});
    else if (name in own) all[name] = own[name];
    else if ('default' in field && !field.variable) all[name] = field.default;
  }
  return all;
}

const hasDefaults = ({ fields }) => Object.values(fields).some((field) => 'default' in field || (field.fields && hasDefaults(field)));

/** The kind of a value, for messages. */
function kindOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function mustBe(path, expected, value) {
  return invalid(path, `must be ${expected}, not ${kindOf(value)}`);
}

function text(value, path) {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw mustBe(path, 'a string', value);
  return value;
}

function state(name, path) {
  if (TABLE.states.includes(name)) return name;
  throw invalid(path, `${quoted(name)} is not a state; the states are ${TABLE.states.map((known) => `"${known}"`).join(', ')}`);
}

function number(value, path, { least, orInfinity }) {
  if (typeof value !== 'number') throw mustBe(path, 'a number', value);
  if (orInfinity && value === Infinity) return undefined;
  if (!Number.isFinite(value)) throw invalid(path, 'must be a finite number');
  if (Math.floor(value) < least) throw invalid(path, `must be a number of at least ${least}, not ${value}`);
  return Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER);
}

/** Reads a value of each kind: `(value, path, field)`. */
const KINDS = {
  text,
  ms: number,
  boolean(value, path) {
    if (typeof value !== 'boolean') throw mustBe(path, 'a boolean', value);
    return value;
  },
  count(value, path, field) {
    if (Number.isFinite(value) && !Number.isInteger(value)) {
      throw invalid(path, `must be a whole number of at least ${field.least}, not ${value}`);
    }
    return number(value, path, field);
  },
  object(value, path, { fields }) {
    return readObject(value, fields, path, `${path}.`);
  },
  quota(value, path, { fields }) {
    if (typeof value !== 'string') return readObject(value, fields, path, `${path}.`);
    if (Object.hasOwn(TABLE.plans, value)) return TABLE.plans[value];
    throw invalid(path, `must be ${Object.keys(TABLE.plans).map((plan) => `"${plan}"`).join(', ')} or an object`);
  },
  journal(value, path) {
    if (typeof value === 'string') return required(path, value);
    const isStore = typeof value === 'object' && read(path, () => ['open', 'put', 'close'].every((name) => typeof value[name] === 'function'));
    if (isStore) return value;
    throw invalid(path, 'must be the path of a file, or a store with open(), put() and close()');
  },
  autopilot(value, path) {
    return readObject(value, TABLE.autopilot, path, `${path}.`);
  },
  answer(value, path, { of }) {
    if (typeof value === 'function' || (of ? of.includes(value) : required(path, text(value, path)))) return value;
    throw invalid(path, `must be "${of}" or a function`);
  },
  choice(value, path, { of }) {
    if (of.includes(value)) return value;
    throw invalid(path, `must be ${of.map((known) => `"${known}"`).join(' or ')}`);
  },
  states(value, path) {
    const names = Array.isArray(value) ? read(path, () => [...value]) : [value];
    return names.map((name) => {
      if (typeof name !== 'string') throw mustBe(path, 'a string or an array of strings', name);
      return state(name, path);
    });
  },
  function(value, path) {
    if (typeof value !== 'function') throw invalid(path, 'must be a function');
    return value;
  },
  signal(value, path) {
    const signal = sharedSignal(value);
    if (!signal) throw invalid(path, 'must be an AbortSignal');
    return signal;
  },
  cursor(value, path) {
    if (/^\d*:\d*:[\w-]*$/.test(text(value, path))) return value;
    throw invalid(path, `${quoted(value)} is not a cursor; pass the \`cursor\` of an activity`);
  },
  repository(value, path) {
    if (isRepository(required(path, text(value, path)))) return value;
    throw invalid(path, `${quoted(value)} is not a repository; use the form "owner/repo"`);
  },
  apiKey(value, path) {
    const key = text(value, path).trim();
    if (!isHeaderValue(key)) throw invalid(path, 'contains characters that are not allowed in a key');
    return key === '' ? undefined : key;
  },
  baseUrl(value, path) {
    const problem = problemOfBaseUrl(text(value, path));
    if (problem) throw invalid(path, problem);
    return value.trim().replace(/\/+$/, '');
  },
  headers(value, path) {
    return pairsOf(value, path).map(([name, content]) => {
      if (typeof content !== 'string') throw mustBe(`${path}.${name}`, 'a string', content);
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !isHeaderValue(content)) throw invalid(`${path}.${name}`, 'is not a valid header');
      return [name, content];
    });
  },
  logger(value, path) {
    if (typeof value !== 'object') throw invalid(path, 'must be an object with methods such as `debug` and `warn`, such as console');
    return value;
  },
  query(value, path) {
    const pairs = Object.entries(objectOf(value, path)).filter(([, content]) => content !== undefined && content !== null);
    for (const [name, content] of pairs) {
      if (!['string', 'number', 'boolean'].includes(typeof content)) throw mustBe(`${path}.${name}`, 'a string, number or boolean', content);
    }
    return pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  },
  json(value, path) {
    try {
      const json = JSON.stringify(value);
      if (json !== undefined) return json;
    } catch {
      // Reported below.
    }
    throw invalid(path, 'must be a value that JSON can represent');
  },
};

const isHeaderValue = (value) => /^[\t -~]*$/.test(value);

/** Headers as pairs, from an object, a `Headers`, a Map or other pairs. */
function pairsOf(headers, path) {
  try {
    if (typeof headers === 'object') return Object.entries(typeof headers[Symbol.iterator] === 'function' ? Object.fromEntries(headers) : headers);
  } catch {
    // Not pairs.
  }
  throw invalid(path, 'must be an object of strings or an iterable of pairs of strings');
}
