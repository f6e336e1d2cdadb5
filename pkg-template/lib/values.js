// The classes of results: plain data with a few methods on the prototype, so that JSON, spread and structuredClone see only the
// data.
import { parseUnidiff } from './apply.js';
import { builtin } from './builtins.js';
import { InvalidStateError } from './errors.js';

class Value {
  constructor(data) {
    Object.assign(this, data);
  }
}

export class ChangeSetArtifact extends Value {
  constructor({ source, gitPatch }) {
    super({ type: 'changeSet', source, gitPatch });
  }

  /** Parses the patch and returns its files, with a summary. */
  parsed() {
    const files = parseUnidiff(this.gitPatch.unidiffPatch);
    const summary = { totalFiles: files.length, created: 0, modified: 0, deleted: 0, renamed: 0, copied: 0 };
    for (const { changeType } of files) summary[changeType]++;
    return { files, summary };
  }
}

/** Converts base64 to the standard alphabet with padding. In proto3 it may use the URL-safe alphabet and have no padding. */
function standardBase64(data) {
  const digits = data.replace(/[\s=]+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  return digits.padEnd(Math.ceil(digits.length / 4) * 4, '=');
}

export class MediaArtifact extends Value {
  constructor({ data, mimeType }) {
    super({ type: 'media', data, mimeType });
  }

  /** An alias of `mimeType`, with the name of the official SDK. */
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

  /** Writes the bytes to a file, in runtimes with a file system. */
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
  constructor({ command, output, exitCode }) {
    super({ type: 'bashOutput', command, output, exitCode });
  }

  /** The same as `output`, since the service combines stdout and stderr. */
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

/** The property with the function that loads artifacts: not enumerable, so that copies and comparisons ignore it. */
const LOAD = Symbol('load');

/** An activity whose artifacts were not downloaded. */
export class LightActivity extends Value {
  constructor({ artifacts, ...data }, load) {
    super(data);
    Object.defineProperty(this, LOAD, { value: load });
  }

  /** Downloads the artifacts, and sets `artifacts`. */
  async loadArtifacts(options) {
    const { artifacts } = await this[LOAD](this.id, options);
    // Not an assignment, which would throw for frozen objects.
    Reflect.set(this, 'artifacts', artifacts);
    return artifacts;
  }
}

/** The files of change sets. Of a path that occurs twice, the last entry is kept. An array, so that it is plain data. */
export class GeneratedFiles extends Array {
  /** Array methods return plain arrays. */
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

  has(path) {
    return this.some((file) => file.path === path);
  }

  /** By path, as a Map's. */
  keys() {
    return this.map(({ path }) => path).values();
  }

  /** By path, as a Map's. */
  entries() {
    return this.map((file) => [file.path, file]).values();
  }

  /** Filters by change type, or as `Array.prototype.filter`. */
  filter(wanted, self) {
    return super.filter(typeof wanted === 'function' ? wanted : (file) => file.changeType === wanted, self);
  }
}

/** The parsed files of outcomes: patches may be large. Not a private member, which proxies do not have. */
const filesOf = new WeakMap();

export class SessionOutcome extends Value {
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
