// Reads what callers give, by lib/table.js: own properties, each of them once, so that what a caller does with an object later
// does not reach the calls that it was given to. Everything is checked here, before any request and with the caller's stack; the
// core is given complete, well-formed data.
import { invalid } from './errors.js';
import { isRepository, problemOfBaseUrl, quoted } from './ids.js';
import { sharedSignal } from './signals.js';
import { TABLE } from './table.js';

/** The options of a call: those of its `kind` in the table, and those that every call has. `title` is the call's name for messages. */
export function optionsOf(kind, given, title) {
  return withDefaults(fieldsOf(kind), readObject(given, fieldsOf(kind), title));
}

const fieldsOf = (kind) => ({ ...TABLE[kind], ...TABLE.call });

/** The configuration of a session. */
export function configurationOf(given) {
  const what = "the session's configuration";
  return withDefaults(TABLE.session, readObject(given, TABLE.session, what));
}

/** Where the caller names a repository: `{ github: 'owner/repo' }`. */
export const repositoryOf = (given) => readObject(given, TABLE.repository, 'source');

/** How a web stream is written. */
export const formatOf = (given) => withDefaults(TABLE.readable, readObject(given, TABLE.readable, 'toReadableStream()')).format;

/** A client's options: `base`, which are complete, with those given over them, field by field. */
export function clientOptionsOf(given, base = withDefaults(TABLE.client, {})) {
  const own = readObject(given, TABLE.client, "the client's options");
  const options = over(base, own);
  const names = new Set((own.headers ?? []).map(([name]) => name.toLowerCase()));
  options.headers = [...base.headers.filter(([name]) => !names.has(name.toLowerCase())), ...(own.headers ?? [])];
  if (options.baseUrl.startsWith('/') && !options.fetch && !hasLocation()) {
    throw invalid('baseUrl', 'begins with "/", but there is no page whose host it could be on');
  }
  return options;
}

/** `own` over `base`; plain objects are merged, everything else is replaced. */
function over(base, own) {
  const merged = { ...base };
  for (const [name, value] of Object.entries(own)) {
    merged[name] = TABLE.client[name]?.fields || name === 'rateLimitRetry' ? over(base[name], value) : value;
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

/** A text that is given by itself, not in an object, such as a message. */
export const textOf = (name, given) => required(name, text(given, name));

/** One of the states of a session. */
export function stateOf(given) {
  return state(textOf('state', given), 'state');
}

/** Calls what may run code of the caller's, such as a getter or a proxy. */
function read(name, get) {
  try {
    return get();
  } catch {
    throw invalid(name, 'cannot be read: reading it throws an error');
  }
}

function readObject(given, fields, what, prefix = '') {
  if (given === undefined || given === null) given = {};
  if (typeof given !== 'object' || read(what, () => Array.isArray(given))) {
    throw invalid(what, `must be an object, not ${kindOf(given)}`);
  }
  const own = {};
  for (const name of read(what, () => Object.keys(given))) {
    const path = prefix + name;
    const value = read(path, () => given[name]);
    if (value === undefined || value === null) continue;
    if (!Object.hasOwn(fields, name)) {
      const known = Object.keys(fields).map((field) => `"${field}"`).join(', ');
      throw invalid(path, `is not an option of ${what}; known are ${known}`);
    }
    own[name] = KINDS[fields[name].kind](value, path, fields[name]);
  }
  for (const [name, field] of Object.entries(fields)) if (field.required) required(prefix + name, own[name]);
  return own;
}

function required(path, value) {
  if (value === undefined) throw invalid(path, 'is missing; it must be a string');
  if (value.trim() === '') throw invalid(path, 'must not be empty');
  return value;
}

/** The fields with the defaults of those that were not given. */
function withDefaults(fields, own) {
  const all = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field.fields && (name in own || hasDefaults(field))) all[name] = withDefaults(field.fields, own[name] ?? {});
    else if (name in own) all[name] = own[name];
    else if ('default' in field) all[name] = field.default;
  }
  return all;
}

const hasDefaults = ({ fields }) => Object.values(fields).some((field) => 'default' in field || (field.fields && hasDefaults(field)));

/** What a value is, in words. */
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
  throw invalid(path, `${quoted(name)} is no state; known are ${TABLE.states.map((known) => `"${known}"`).join(', ')}`);
}

function number(value, path, { least, orInfinity }) {
  if (typeof value !== 'number') throw mustBe(path, 'a number', value);
  if (orInfinity && value === Infinity) return undefined;
  if (!Number.isFinite(value)) throw invalid(path, 'must be a finite number');
  if (Math.floor(value) < least) throw invalid(path, `must be a number of at least ${least}, not ${value}`);
  return Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER);
}

/** How values of each kind are read: `(value, path, field)` of a value that was given. */
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
    throw invalid(path, `${quoted(value)} is no cursor; give the \`cursor\` of an activity`);
  },
  repository(value, path) {
    if (isRepository(required(path, text(value, path)))) return value;
    throw invalid(path, `${quoted(value)} is no repository; write it as "owner/repo"`);
  },
  apiKey(value, path) {
    const key = text(value, path).trim();
    if (!isHeaderValue(key)) throw invalid(path, 'holds characters that a key cannot have');
    return key === '' ? undefined : key;
  },
  baseUrl(value, path) {
    const problem = problemOfBaseUrl(text(value, path));
    if (problem) throw invalid(path, problem);
    return value.trim().replace(/(.)\/+$/, '$1');
  },
  headers(value, path) {
    return pairsOf(value, path).map(([name, content]) => {
      if (typeof content !== 'string') throw mustBe(`${path}.${name}`, 'a string', content);
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !isHeaderValue(content)) throw invalid(`${path}.${name}`, 'is no valid header');
      return [name, content];
    });
  },
  logger(value, path) {
    if (typeof value !== 'object') throw invalid(path, 'must be an object with `debug` and `warn`, such as console');
    return harmless(value);
  },
};

const isHeaderValue = (value) => /^[\t -~]*$/.test(value);

/** Headers as pairs. An object, or pairs as `Headers` and a Map have them. */
function pairsOf(headers, path) {
  try {
    if (typeof headers === 'object') return Object.entries(typeof headers[Symbol.iterator] === 'function' ? Object.fromEntries(headers) : headers);
  } catch {
    // Not pairs.
  }
  throw invalid(path, 'must be an object of strings, or pairs of them');
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
