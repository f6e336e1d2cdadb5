// What results are made of: plain data with a few methods on the prototype, so that JSON, spread and structuredClone
// see the data alone.
import { builtin } from './builtins.js';
import { InvalidStateError, toError } from './errors.js';
import { decode, define, keptOf } from './tape.js';

/** Set when a core has started: reads a patch with the core, from its text or from the bytes that are kept of it. */
let parsers;

export function usePatchParsers(given) {
  parsers = given;
}

/** The method that Node asks for what it is to print: by itself it prints of an accessor only that it is one. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * What makes the parts of a file's patch when they are looked at: in the file itself, where a proxy or what derives from
 * it finds it too, but hidden from whatever copies or compares. A function, since proxies would wrap an object. Node
 * finds it as well and names no part: another property for that would be felt with each file.
 */
const PART = INSPECT;

/** An accessor that all files share: with one of its own for each, engines make a hash table of each file. */
const part = (name) => ({
  enumerable: true,
  configurable: true,
  get() {
    return this[PART](name);
  },
  set(value) {
    define(this, name, value);
  },
});

const CONTENT = part('content');
const PATCH = part('patch');

const KINDS = ['created', 'modified', 'deleted', 'renamed', 'copied'];

/** The files of a patch, which the core tells of. `parts` makes the parts of the patch by their places. */
export class Files {
  list = [];
  #parts;

  constructor(parts) {
    this.#parts = parts;
  }

  /** Words as src/core/diff/told.rs says, and the text that they speak of. */
  add(words, text) {
    let from = 0;
    const string = (length) => text.substring(from, (from += length));
    for (let at = 0; at < words.length; at += 14) {
      const path = string(words[at]);
      const oldPath = string(words[at + 1]);
      const oldMode = string(words[at + 2]);
      const newMode = string(words[at + 3]);
      const changeType = KINDS[words[at + 4]];
      const additions = words[at + 5];
      const deletions = words[at + 6];
      const binary = words[at + 7] === 1;
      const file = oldPath
        ? { path, oldPath, changeType, additions, deletions, binary }
        : { path, changeType, additions, deletions, binary };
      if (oldMode) file.oldMode = oldMode;
      if (newMode) file.newMode = newMode;
      if (words[at + 9] !== NONE) file.similarity = words[at + 9];
      putParts(file, this.#parts, words[at + 10], words[at + 11], words[at + 12], words[at + 13]);
      if (words[at + 8] === 1) file.incomplete = true;
      this.list.push(file);
    }
  }
}

const NONE = 0xffffffff;

function putParts(file, parts, lines, linesEnd, start, end) {
  const hasContent = lines !== NONE;
  const isText = parts.patch === undefined;
  if (hasContent) Object.defineProperty(file, 'content', CONTENT);
  if (isText) file.patch = parts.text.substring(start, end);
  else Object.defineProperty(file, 'patch', PATCH);
  if (isText && !hasContent) return;
  let content, patch;
  function make(name) {
    if (name === 'patch') return (patch ??= parts.patch(start, end));
    if (name === 'content') return (content ??= parts.content(lines, linesEnd));
    return { ...this };
  }
  Object.defineProperty(file, PART, { value: make });
}

/** The parts of a patch by its text: no copies, they share its memory. */
export const partsOfText = (text) => ({ text, content: (start, end) => contentOf(text.substring(start, end)) });

/** The parts of a patch by its bytes, as JSON has them. */
export const partsOfBytes = (bytes, content) => ({
  patch: (start, end) => decode(bytes.subarray(start, end)),
  content: (start, end) => content(bytes.subarray(start, end)),
});

/** The content of a file by the lines that create it: each begins with `+`. Those after which none comes say so. */
function contentOf(lines) {
  if (!lines) return '';
  // A patch may have lost its own last line end.
  const text = lines.endsWith('\n') ? lines : `${lines}\n`;
  const whole = text.includes('\n\\') ? text.replace(/\n(?:\\[^\n]*\n)+\+?/g, '') : text;
  return whole.slice(1).replaceAll('\n+', '\n');
}

class Value {
  constructor(data) {
    take(this, data);
  }

  [INSPECT]() {
    look(this, 5);
    return this;
  }
}

/** Looks at what is there, as deep as our own data goes, so that it is made. */
function look(value, depth) {
  if (depth > 0 && typeof value === 'object' && value) for (const part of Object.values(value)) look(part, depth - 1);
}

/** `Object.assign`, but what is not yet decoded stays so. */
function take(object, data) {
  for (const name of Object.keys(data)) {
    const property = Object.getOwnPropertyDescriptor(data, name);
    if (property.get) Object.defineProperty(object, name, property);
    // An assignment to this name would set the prototype.
    else if (name === '__proto__') define(object, name, property.value);
    else object[name] = property.value;
  }
}

export class ChangeSetArtifact extends Value {
  /** The files of the patch, with a summary. */
  parsed() {
    const kept = keptOf(this.gitPatch, 'unidiffPatch');
    const files = kept ? parsers.kept(kept.bytes) : parsers.text(this.gitPatch.unidiffPatch);
    const summary = { totalFiles: files.length, created: 0, modified: 0, deleted: 0, renamed: 0, copied: 0 };
    for (const { changeType } of files) summary[changeType]++;
    return { files, summary };
  }
}

/** Base64 in its standard alphabet and with its padding. Proto3's JSON may be written in the URL's alphabet, and without. */
function standardBase64(data) {
  const digits = data.replace(/[\s=]+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  return digits.padEnd(Math.ceil(digits.length / 4) * 4, '=');
}

export class MediaArtifact extends Value {
  /** The official SDK's name of `mimeType`. */
  get format() {
    return this.mimeType;
  }

  /** A `data:` URL, for an `<img>`. */
  toUrl() {
    return `data:${this.mimeType};base64,${standardBase64(this.data)}`;
  }

  /** The bytes. */
  bytes() {
    const text = atob(standardBase64(this.data));
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  /** Writes the bytes to a file, where there are files. */
  async save(path) {
    const files = builtin('node:fs/promises');
    if (!files) {
      const message = 'save() needs a runtime with files, such as Node. Use bytes() or toUrl() here.';
      throw new InvalidStateError(message);
    }
    await files.writeFile(path, this.bytes());
  }
}

export class BashArtifact extends Value {
  /** The same as `output`: the service does not tell the two channels apart. */
  get stdout() {
    return this.output;
  }

  /** Always empty: see `stdout`. */
  get stderr() {
    return '';
  }

  toString() {
    return `$ ${this.command}\n${this.output}\n[exit code: ${this.exitCode}]`;
  }
}

const ARTIFACTS = { changeSet: ChangeSetArtifact, media: MediaArtifact, bashOutput: BashArtifact };

/** An activity with its artifacts in their classes. */
export function toActivity(activity) {
  activity.artifacts = activity.artifacts.map((artifact) => {
    const Class = ARTIFACTS[artifact.type];
    return Class ? new Class(artifact) : artifact;
  });
  return activity;
}

/** What loads a light activity's artifacts: in the activity itself and hidden, as `PART` is in a file. */
const LOAD = Symbol('load');

/** An activity whose artifacts were not downloaded. */
export class LightActivity extends Value {
  constructor({ artifacts, ...data }, load) {
    super(data);
    Object.defineProperty(this, LOAD, { value: load });
  }

  /** Downloads the artifacts, which are then there as `artifacts` too. */
  async loadArtifacts(options) {
    const { artifacts } = await this[LOAD](this.id, options);
    // Not an assignment, which would throw on what is frozen.
    Reflect.set(this, 'artifacts', artifacts);
    return artifacts;
  }
}

/** The files that change sets leave behind; of a path that occurs twice, the later one. An array, so that it is plain data. */
export class GeneratedFiles extends Array {
  /** What the methods of arrays make of it is a plain one. */
  static get [Symbol.species]() {
    return Array;
  }

  get size() {
    return this.length;
  }

  all() {
    return this.slice();
  }

  get(path) {
    return this.find((file) => file.path === path);
  }

  /** By the kind of change, or as arrays do. */
  filter(wanted, self) {
    return super.filter(typeof wanted === 'function' ? wanted : (file) => file.changeType === wanted, self);
  }
}

/** The files of outcomes, read once: a patch may be large. No private member, which no proxy has. */
const filesOf = new WeakMap();

export class SessionOutcome extends Value {
  constructor(data) {
    const changeSets = data.changeSets.map((changeSet) => new ChangeSetArtifact({ type: 'changeSet', ...changeSet }));
    const incomplete = data.incomplete?.map(({ what, error }) => ({ what, error: toError(error) }));
    super({ ...data, changeSets, ...(incomplete && { incomplete }) });
  }

  changeSet() {
    return this.changeSets[0];
  }

  generatedFiles() {
    if (!filesOf.has(this)) {
      const files = this.changeSets.flatMap((changeSet) => changeSet.parsed().files);
      filesOf.set(this, GeneratedFiles.from(new Map(files.map((file) => [file.path, file])).values()));
    }
    return filesOf.get(this);
  }
}
