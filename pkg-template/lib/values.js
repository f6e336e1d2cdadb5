// What results are made of: plain data with a few methods on the prototype, so that JSON, spread and structuredClone
// see the data alone.
import { InvalidStateError } from './errors.js';
import { keptOf, later } from './tape.js';

/** Set by `createJules`: reads a patch with the core, from its text or from the bytes that are kept of it. */
let parsers;

export function usePatchParsers(given) {
  parsers = given;
}

/**
 * Puts the parts of a patch in the place of where they are. A part is no copy: it shares the patch's memory. The content
 * of a file that the patch creates is made when it is looked at, and so is all of it while the patch is only bytes.
 */
export function cut(file, patch) {
  const part = ([start, end]) => (typeof patch === 'string' ? patch : patch()).substring(start, end);
  const place = file.patch;
  if (typeof patch === 'string') file.patch = part(place);
  else later(file, 'patch', () => part(place));
  if (file.content) {
    const lines = file.content;
    later(file, 'content', () => contentOf(part(lines)));
  }
}

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
}

/** `Object.assign`, but what is not yet decoded stays so. */
function take(object, data) {
  for (const name of Object.keys(data)) {
    const property = Object.getOwnPropertyDescriptor(data, name);
    if (property.get) Object.defineProperty(object, name, property);
    else object[name] = property.value;
  }
}

export class ChangeSetArtifact extends Value {
  /** The files of the patch, with a summary. */
  parsed() {
    const kept = keptOf(this.gitPatch, 'unidiffPatch');
    const files = kept ? parsers.kept(kept.bytes, kept.text) : parsers.text(this.gitPatch.unidiffPatch);
    const count = (changeType) => files.filter((file) => file.changeType === changeType).length;
    const summary = {
      totalFiles: files.length,
      created: count('created'),
      modified: count('modified'),
      deleted: count('deleted'),
      renamed: count('renamed'),
      copied: count('copied'),
    };
    return { files, summary };
  }
}

export class MediaArtifact extends Value {
  /** The official SDK's name of `mimeType`. */
  get format() {
    return this.mimeType;
  }

  /** A `data:` URL, for an `<img>`. */
  toUrl() {
    return `data:${this.mimeType};base64,${this.data}`;
  }

  /** The bytes. */
  bytes() {
    const text = atob(this.data);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  /** Writes the bytes to a file, where there are files. */
  async save(path) {
    const files = globalThis.process?.getBuiltinModule?.('node:fs/promises');
    if (!files) {
      const message = 'save() needs a runtime with files, such as Node. Use bytes() or toUrl() here.';
      throw new InvalidStateError(message, { code: 'invalid_state' });
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

/** An activity whose artifacts were not downloaded. */
export class LightActivity extends Value {
  #load;

  constructor({ artifacts, ...data }, load) {
    super(data);
    this.#load = load;
  }

  /** Downloads the artifacts, which are then there as `artifacts` too. */
  async loadArtifacts(options) {
    const { artifacts } = await this.#load(this.id, options);
    this.artifacts = artifacts;
    return artifacts;
  }
}

/** The files that change sets leave behind; of a path that occurs twice, the later one. */
export class GeneratedFiles {
  #files;

  constructor(files) {
    this.#files = new Map(files.map((file) => [file.path, file]));
  }

  get size() {
    return this.#files.size;
  }

  all() {
    return [...this.#files.values()];
  }

  get(path) {
    return this.#files.get(path);
  }

  filter(changeType) {
    return this.all().filter((file) => file.changeType === changeType);
  }

  [Symbol.iterator]() {
    return this.#files.values();
  }

  toJSON() {
    return this.all();
  }
}

export class SessionOutcome extends Value {
  /** Read once: a patch may be large. */
  #files;

  constructor(data) {
    const changeSets = data.changeSets.map((changeSet) => new ChangeSetArtifact({ type: 'changeSet', ...changeSet }));
    super({ ...data, changeSets });
  }

  changeSet() {
    return this.changeSets[0];
  }

  generatedFiles() {
    return (this.#files ??= new GeneratedFiles(this.changeSets.flatMap((changeSet) => changeSet.parsed().files)));
  }
}
