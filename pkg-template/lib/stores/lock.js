// The lock of a journal's file: an empty file beside it, whose name says which process holds it. It is taken over at once from a
// process that has ended.
import { builtin } from '../builtins.js';
import { JulesJournalError } from '../errors.js';

/** Locks the file. Resolves with the function that unlocks it; rejects if another process holds it. */
export async function lockFile(path) {
  const fs = builtin('node:fs');
  const { basename, dirname, join, resolve } = builtin('node:path');
  const folder = dirname(resolve(path));
  const prefix = `${basename(path)}.lock-`;
  const name = `${prefix}${ownName(fs)}`;
  const own = join(folder, name);
  // All names are unique, so of two processes that come at the same time at least one sees the other.
  await fs.promises.writeFile(own, '', { flag: 'wx' }).catch((error) => {
    throw error.code === 'EEXIST' ? isHeld(path, own, 'another batch of this process') : error;
  });
  try {
    for (const other of await fs.promises.readdir(folder)) {
      if (!other.startsWith(prefix) || other === name) continue;
      const file = join(folder, other);
      const holder = holderOf(other.slice(prefix.length), fs);
      if (holder) throw isHeld(path, file, holder);
      await fs.promises.rm(file, { force: true });
    }
  } catch (error) {
    await fs.promises.rm(own, { force: true });
    throw error;
  }
  return () => fs.promises.rm(own, { force: true });
}

function ownName(fs) {
  const { pid } = globalThis.process;
  return `${host()}+${pid}+${startOf(pid, fs)}`;
}

const host = () => builtin('node:os').hostname().replace(/[^\w.-]/g, '_');

/** When the process was started, in ticks since the start of the machine; 0 where this cannot be read, or if it has ended. */
function startOf(pid, fs) {
  try {
    // The second field is the name of the program in parentheses, which may contain anything.
    return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')[19];
  } catch {
    return '0';
  }
}

/** The process that holds a lock of this name; undefined if it has ended. */
function holderOf(name, fs) {
  const [where, pid, start] = name.split('+');
  // Whether a process of another machine runs is not known here.
  if (where !== host()) return `a process of ${where}`;
  try {
    globalThis.process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code === 'ESRCH') return undefined;
    if (error.name === 'NotCapable') return `the process ${pid}, unless it has ended, which Deno shows only with --allow-run`;
  }
  // Another process may have got the number.
  return startOf(pid, fs) === start ? `the process ${pid}` : undefined;
}

function isHeld(path, lock, holder) {
  return new JulesJournalError(
    `The journal ${path} is in use by ${holder}. No session was created. Wait for its end, or give the batch another journal. ` +
      `If nothing uses it, remove ${lock}.`,
  );
}
