// A journal in a file of Node: a log of records, one a line, each with a checksum. Records are appended and synced. The file is
// rewritten, by renaming a complete copy, when most of its lines are outdated.
import { builtin } from '../builtins.js';
import { JulesJournalError } from '../errors.js';
import { lockFile } from './lock.js';

const LINE_BREAK = 10;

/** A line that was cut off: a checksum and the beginning of a record. A shorter one could be the commit hash in a file of the caller's. */
const TORN = /^[\da-f]{8} \[/;

export class FileStore {
  #path;
  #fs;
  #hash;
  #file;
  #unlock;
  #records = new Map();
  #lines = 0;
  #length = 0;
  #isDamaged = false;
  #pending = [];
  #writing;

  constructor(path) {
    this.#path = path;
  }

  async open() {
    this.#fs = builtin('node:fs')?.promises;
    if (!this.#fs) {
      throw failed(this.#path, 'this runtime has no file system of Node. Use a store of jules-wasm/stores');
    }
    const { createHash } = builtin('node:crypto');
    this.#hash = (text) => createHash('sha256').update(text).digest('hex').slice(0, 8);
    return this.#guarded('cannot be opened', 'No session was created. Its folder must exist and be writable', async () => {
      this.#unlock = await lockFile(this.#path);
      try {
        this.#file = await this.#fs.open(this.#path, 'a+');
        await this.#read();
        await syncFolder(this.#fs, this.#path);
        if (this.#lines > 2 * this.#records.size + 100) await this.#compact();
      } catch (error) {
        await this.close();
        throw error;
      }
      return { entries: [...this.#records], isDamaged: this.#isDamaged };
    });
  }

  put(key, record) {
    const written = new Promise((resolve, reject) => this.#pending.push({ key, record, resolve, reject }));
    this.#writing ??= this.#write();
    return written;
  }

  async close() {
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
    await this.#unlock?.();
    this.#unlock = undefined;
  }

  async #read() {
    const bytes = await this.#fs.readFile(this.#path);
    const end = bytes.lastIndexOf(LINE_BREAK) + 1;
    const lines = bytes.subarray(0, end).toString().split('\n').filter(Boolean);
    let corrupt = 0;
    for (const line of lines) {
      const entry = this.#entry(line);
      if (entry) this.#records.set(...entry);
      else corrupt++;
    }
    const tail = bytes.subarray(end).toString();
    const isJournal = this.#records.size > 0 || (corrupt === 0 && (tail === '' || TORN.test(tail)));
    if (!isJournal) throw failed(this.#path, 'it is not a journal. It was not changed, and no session was created. Give the batch the path of a new file');
    // The write of a line that was cut off has never ended, so nothing was done after it.
    if (tail !== '') await this.#file.truncate(end);
    [this.#lines, this.#length, this.#isDamaged] = [lines.length, end, corrupt > 0];
  }

  #entry(line) {
    const text = line.slice(9);
    if (line[8] !== ' ' || line.slice(0, 8) !== this.#hash(text)) return undefined;
    return JSON.parse(text);
  }

  #line(key, record) {
    const text = JSON.stringify([key, record]);
    return `${this.#hash(text)} ${text}\n`;
  }

  /** Writes what is pending. Records that come meanwhile are written together. */
  async #write() {
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0);
      try {
        await this.#guarded('cannot be written', undefined, () => this.#append(batch));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        // The next record must not be appended to a part of this one.
        await this.#file.truncate(this.#length).catch(() => {});
        for (const { reject } of batch) reject(error);
      }
    }
    // Synchronously after the queue was found empty, so that a later `put` starts writing again.
    this.#writing = undefined;
  }

  async #append(batch) {
    const lines = batch.map(({ key, record }) => this.#line(key, record)).join('');
    await this.#file.appendFile(lines);
    await this.#file.datasync();
    for (const { key, record } of batch) this.#records.set(key, record);
    this.#lines += batch.length;
    this.#length += builtin('node:buffer').Buffer.byteLength(lines);
    if (this.#lines > 4 * this.#records.size + 1000) await this.#compact();
  }

  async #compact() {
    // The next run must see the damage too, in case this one does not search for every lost record.
    if (this.#isDamaged) return;
    const fresh = `${this.#path}.new`;
    const lines = [...this.#records].map((entry) => this.#line(...entry)).join('');
    const file = await this.#fs.open(fresh, 'w');
    try {
      await file.writeFile(lines);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#file.close();
    await this.#fs.rename(fresh, this.#path);
    await syncFolder(this.#fs, this.#path);
    this.#file = await this.#fs.open(this.#path, 'a+');
    [this.#lines, this.#length] = [this.#records.size, builtin('node:buffer').Buffer.byteLength(lines)];
  }

  async #guarded(what, advice, work) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof JulesJournalError) throw error;
      throw failed(this.#path, [`it ${what} (${error.message})`, advice].filter(Boolean).join('. '), error);
    }
  }
}

function failed(path, problem, cause) {
  return new JulesJournalError(`The journal ${path}: ${problem}.`, { cause });
}

/** Makes a new name in the folder durable. Windows has no such call. */
async function syncFolder(fs, path) {
  let folder;
  try {
    folder = await fs.open(builtin('node:path').dirname(path), 'r');
    await folder.sync();
  } catch {
    // The file itself is synced.
  } finally {
    await folder?.close();
  }
}
