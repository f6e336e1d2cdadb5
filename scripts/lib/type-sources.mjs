/** TypeScript that is generated from what the package is at run time, so that the types are held against it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { outcomeOf, sessionOf } from '../../pkg-template/lib/model.js';
import { SessionSnapshot } from '../../pkg-template/lib/snapshot.js';
import { TABLE } from '../../pkg-template/lib/table.js';
import { all, READERS } from '../../tests/facade/fixtures.mjs';
import { mutations, paths } from '../../tests/facade/mutations.mjs';

/**
 * Statements that the values that each entry exports are those in its types, that errors have the codes in their types, that
 * clients and sessions have the members in their types, and that options are those that are read.
 *
 * @param {string} folder the project in which the package is installed
 */
export function exportsSource(folder) {
  const require = createRequire(join(folder, 'package.json'));
  const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules', 'jules-wasm', 'package.json'), 'utf8'));
  const entries = Object.keys(exports).filter((entry) => !/\.(json|wasm)$/.test(entry)).map((entry) => `jules-wasm${entry.slice(1)}`);
  const lines = entries.flatMap((entry, index) => {
    const values = Object.keys(require(entry));
    const check = `export const names${index}: Record<keyof typeof entry${index}, true> = ${names(values)};`;
    // `jules-wasm/types` exports classes as types alone, which `keyof` counts too.
    return [`import * as entry${index} from '${entry}';`, ...(values.length > 0 ? [check] : [])];
  });
  const main = require('jules-wasm');
  for (const name of Object.keys(main).filter((name) => name.endsWith('Error') && name !== 'JulesError')) {
    lines.push(`export const codeOf${name}: InstanceType<typeof entry0.${name}>['code'] = '${new main[name]('').code}';`);
  }
  const client = main.connect();
  const session = client.session('1');
  const stream = session.stream();
  for (const [type, object] of Object.entries({
    JulesClient: client, SessionClient: session, ActivityClient: session.activities, SourceManager: client.sources,
    ActivityStream: stream, SessionFeed: client.watch(), SessionCursor: client.sessions(), SessionSnapshot: new SessionSnapshot(sessionOf({})),
  })) {
    lines.push(`export const membersOf${type}: Members<entry0.${type}> = ${names(members(object))};`);
  }
  for (const [type, fields] of Object.entries(OPTIONS)) {
    lines.push(`export const optionsOf${type}: Record<keyof entry0.${type}, true> = ${names(Object.keys(fields))};`);
    for (const [name, { of }] of Object.entries(fields)) {
      if (!of) continue;
      const choice = `NonNullable<entry0.${type}['${name}']>`;
      lines.push(`export const ${name}Of${type}: Record<${choice}, true> = ${names(of)};`);
    }
  }
  lines.push(`export const states: Record<entry0.SessionState, true> = ${names(TABLE.states)};`);
  lines.push('type Members<T> = { [K in Extract<keyof T, string> as {} extends Pick<T, K> ? never : K]: true };');
  return `${lines.join('\n')}\n`;
}

/** The options that the façade reads, by their types. */
const OPTIONS = {
  JulesOptions: TABLE.client,
  JulesConfig: TABLE.client.config.fields,
  CallOptions: TABLE.call,
  CloseOptions: TABLE.close,
  RunOptions: { ...TABLE.run, ...TABLE.call },
  WatchOptions: { ...TABLE.watch, ...TABLE.call },
  InfoOptions: { ...TABLE.info, ...TABLE.call },
  ResultOptions: { ...TABLE.result, ...TABLE.call },
  WaitOptions: { ...TABLE.wait, ...TABLE.call },
  StreamOptions: { ...TABLE.stream, ...TABLE.call },
  PageOptions: { ...TABLE.page, ...TABLE.call },
  ListOptions: { ...TABLE.list, ...TABLE.call },
  SelectOptions: { ...TABLE.select, ...TABLE.call },
  AllOptions: { ...TABLE.all, ...TABLE.call },
  BulkOptions: { ...TABLE.bulk, ...TABLE.call },
  RequestOptions: { ...TABLE.request, ...TABLE.call },
  SessionConfig: TABLE.session,
  SourceInput: TABLE.session.source.fields,
};

const names = (list) => `{ ${list.map((name) => `${name}: true`).join(', ')} }`;

/** The names of an object's own and inherited properties, but those of every object or function. */
function members(object) {
  const found = new Set(typeof object === 'function' ? Object.keys(object) : Object.getOwnPropertyNames(object));
  for (let at = Object.getPrototypeOf(object); at && at !== Object.prototype && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    Object.getOwnPropertyNames(at).forEach((name) => found.add(name));
  }
  found.delete('constructor');
  return [...found];
}

/** The type of what each reader returns. */
const TYPES = { sessions: 'SessionResource', activities: 'Activity', sources: 'Source' };
/** The list to which each reader's results belong. */
const LIST_OF = { session: 'sessions', activity: 'activities', source: 'sources' };

/**
 * Statements that the recorded answers, as the package maps them, have the public types; and so have the answers of which something is
 * missing or something else, as far as that makes a difference to their types.
 */
export function fixturesSource() {
  const found = { sessions: new Set(), activities: new Set(), sources: new Set(), outcomes: new Set(), changeSets: new Set() };
  for (const { kind, wire } of all()) {
    for (const item of itemsOf(kind, wire)) collect(found, LIST_OF[kind] ?? kind, item, (text) => text);
    for (const path of paths(wire)) {
      for (const [, mutated] of mutations(wire, path)) {
        for (const item of itemsOf(kind, mutated)) collect(found, LIST_OF[kind] ?? kind, item, () => 'text');
      }
    }
    if (isEnded(wire)) found.outcomes.add(literal(outcomeOf({ session: wire, incomplete: [] }), (text) => text));
  }
  const types = { ...TYPES, outcomes: 'SessionOutcome', changeSets: 'ParsedChangeSet' };
  const lists = Object.entries(types).map(([name, type]) => `export const ${name}: ${type}[] = [\n${[...found[name]].join(',\n')}\n];\n`);
  return `import type { ${Object.values(types).join(', ')} } from 'jules-wasm';\n${lists.join('')}`;
}

const isEnded = ({ state }) => state === 'COMPLETED' || state === 'FAILED';

const itemsOf = (kind, wire) => {
  const read = READERS[kind](wire);
  return read.items ?? [read];
};

function collect(found, list, item, text) {
  found[list].add(literal(item, text));
  for (const artifact of item.artifacts ?? []) {
    if (artifact.type === 'changeSet') found.changeSets.add(literal(artifact.parsed(), text));
  }
}

/** The words that the types name. All other text is text. */
const WORDS = new Set(['type', 'state', 'changeType', 'originator']);

/**
 * A value as an expression of TypeScript, with the members of its prototype: excess and missing ones are errors there.
 *
 * @param {(text: string) => string} text what stands for a text that is no word of a type
 */
function literal(value, text, key) {
  if (typeof value === 'string') return JSON.stringify(WORDS.has(key) ? value : text(value));
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, text)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const names = [...Object.getOwnPropertyNames(value), ...members(Object.create(Object.getPrototypeOf(value)))];
  return `{ ${names.map((name) => `${name}: ${member(value[name], text, name)}`).join(', ')} }`;
}

/** A member of an object. Of a method only the name counts; what is unknown has no type. */
function member(value, text, name) {
  if (typeof value === 'function') return 'null!';
  return name === 'raw' ? 'null' : literal(value, text, name);
}
