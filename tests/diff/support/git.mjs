/** A git repository of its own, without the machine's configuration. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The ways in which patches are asked for: what git is called with, and how many components of a name are prefix. */
export const FORMS = [
  { diff: ['diff'], strip: '-p1' },
  { diff: ['diff', '--no-renames'], strip: '-p1' },
  { diff: ['diff', '-M'], strip: '-p1' },
  { diff: ['diff', '-C', '--find-copies-harder'], strip: '-p1' },
  { diff: ['diff', '-C30%', '-B', '--binary'], strip: '-p1' },
  { diff: ['diff', '--binary', '--full-index'], strip: '-p1' },
  { diff: ['-c', 'core.quotePath=true', 'diff', '-M10%'], strip: '-p1' },
  { diff: ['-c', 'core.quotePath=false', 'diff', '-M'], strip: '-p1' },
  { diff: ['-c', 'core.quotePath=false', 'diff', '--no-prefix', '-C', '--find-copies-harder'], strip: '-p0' },
  { diff: ['diff', '--no-prefix', '--no-renames', '-U0'], strip: '-p0' },
  { diff: ['diff', '--src-prefix=i/', '--dst-prefix=w/', '-M'], strip: '-p1' },
  { diff: ['diff', '--src-prefix=old/', '--dst-prefix=changed/', '--no-renames'], strip: '-p1' },
  { diff: ['diff', '-R', '-M'], strip: '-p1' },
  { diff: ['diff', '--irreversible-delete'], strip: '-p1' },
  { diff: ['diff', '-U100', '--abbrev=4', '--patience'], strip: '-p1' },
  { diff: ['diff', '-W', '-U1', '--inter-hunk-context=3'], strip: '-p1' },
];

/** The form whose patch is that of `mail`. */
export const FORM_OF_MAIL = FORMS[5];

/** A bare repository in a temporary folder. */
export class Repository {
  #folder = mkdtempSync(join(tmpdir(), 'jules-wasm-diff-'));
  #changes = 0;

  constructor() {
    this.#git(['init', '--bare', '--quiet']);
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Stores a change as two commits; returns the names of both. */
  store({ before, after }) {
    const number = this.#changes++;
    const names = [`refs/heads/before${number}`, `refs/heads/after${number}`];
    this.#git(['fast-import', '--quiet'], Buffer.concat([...commit(names[0], before), ...commit(names[1], after, names[0])]));
    return names;
  }

  /** The patch between two commits. */
  diff(form, [before, after]) {
    return this.#git([...form.diff, before, after]);
  }

  /** The patch of the last commit as a mail. */
  mail([, after]) {
    return this.#git(['format-patch', '--stdout', '--full-index', '-1', after]);
  }

  /** What git itself reads in a patch. */
  reads(form, patch) {
    return this.#git(['apply', form.strip, '--numstat', '-z', '--summary'], patch);
  }

  #git(args, input = '') {
    const options = ['-c', 'core.protectNTFS=false', '-c', 'core.protectHFS=false'];
    const env = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C', HOME: this.#folder, GIT_CEILING_DIRECTORIES: this.#folder };
    const result = spawnSync('git', [...options, ...args], { cwd: this.#folder, env, input, maxBuffer: 1 << 28 });
    if (result.status !== 0) throw new Error(`git ${args.join(' ')}: ${result.error ?? result.stderr}\n${input}`);
    return result.stdout.toString();
  }
}

/** A commit in the language of `git fast-import`. */
function commit(name, tree, from) {
  const parts = [Buffer.from(`commit ${name}\ncommitter T <t@example.org> 1700000000 +0000\ndata 2\nx\n\n${from ? `from ${from}\ndeleteall\n` : ''}`)];
  for (const [path, entry] of tree) {
    const quoted = Array.from(Buffer.from(path), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    if (entry.kind === 'submodule') {
      parts.push(Buffer.from(`M 160000 ${String(entry.digit).repeat(40)} "${quoted}"\n`));
      continue;
    }
    const mode = entry.kind === 'link' ? '120000' : entry.executable ? '100755' : '100644';
    const bytes = Buffer.from(entry.kind === 'link' ? entry.target : entry.content);
    parts.push(Buffer.from(`M ${mode} inline "${quoted}"\ndata ${bytes.length}\n`), bytes, Buffer.from('\n'));
  }
  return parts;
}
