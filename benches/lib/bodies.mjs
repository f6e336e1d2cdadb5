/** Synthetic sessions and activities, the same in every run. Runs in Node and in pages. */

const WORDS = ('the settings are read once when client starts and kept until session ends so that a test of the second group ' +
  'can change them without touching file which others use again after their helper was moved into src').split(' ');

/** A generator of numbers from 0 to 1 that is the same everywhere (a linear congruence). */
export function numbers(seed = 1) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const words = (random, count) => Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');

const hex = (random, length) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');

/** RFC 3339 to the microsecond, as the service writes it. */
const timeOf = (index) => new Date(Date.UTC(2026, 9, 1) + index * 15_000).toISOString().replace('Z', `${String(index % 1000).padStart(3, '0')}Z`);

const SESSION = '14550388554331055113';

/** One file of a patch: new, deleted or changed in a few places. */
function fileOfPatch(random, index) {
  const path = `src/part-${index % 17}/file-${index}.js`;
  const kind = random();
  const line = () => `  const value = ${JSON.stringify(words(random, 6))};`;
  const lines = (sign, count) => Array.from({ length: count }, () => `${sign}${line()}`);
  const head = `diff --git a/${path} b/${path}`;
  if (kind < 0.3) {
    const body = lines('+', 20 + Math.floor(random() * 60));
    return [head, 'new file mode 100644', `index 0000000..${hex(random, 7)}`, '--- /dev/null', `+++ b/${path}`, `@@ -0,0 +1,${body.length} @@`, ...body];
  }
  if (kind < 0.35) {
    const body = lines('-', 10 + Math.floor(random() * 20));
    return [head, 'deleted file mode 100644', `index ${hex(random, 7)}..0000000`, `--- a/${path}`, '+++ /dev/null', `@@ -1,${body.length} +0,0 @@`, ...body];
  }
  const out = [head, `index ${hex(random, 7)}..${hex(random, 7)} 100644`, `--- a/${path}`, `+++ b/${path}`];
  let at = 1;
  for (let hunk = 0; hunk < 1 + Math.floor(random() * 4); hunk++) {
    const removed = Math.floor(random() * 6);
    const added = 1 + Math.floor(random() * 8);
    out.push(`@@ -${at},${6 + removed} +${at},${6 + added} @@ export function part${hunk}() {`);
    out.push(...lines(' ', 3), ...lines('-', removed), ...lines('+', added), ...lines(' ', 3));
    at += 60;
  }
  return out;
}

/** A unified diff of about this many bytes, as git writes it. */
export function patchOf(bytes, seed = 1) {
  const random = numbers(seed);
  const parts = [];
  let length = 0;
  for (let index = 0; length < bytes; index++) {
    const part = `${fileOfPatch(random, index).join('\n')}\n`;
    parts.push(part);
    length += part.length;
  }
  return parts.join('');
}

const base64 = (random, length) => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return Array.from({ length: length - (length % 4) }, () => letters[Math.floor(random() * 64)]).join('');
};

function activity(random, index, more) {
  const id = hex(random, 32);
  return { name: `sessions/${SESSION}/activities/${id}`, id, createTime: timeOf(index), originator: 'agent', ...more };
}

/** Progress and messages, about 300 bytes each; every tenth has characters beyond ASCII. */
export function lightActivities(count, seed = 2) {
  const random = numbers(seed);
  return Array.from({ length: count }, (_, index) => {
    if (index % 25 === 7) return activity(random, index, { agentMessaged: { agentMessage: `“Done”: ${words(random, 14)}.` } });
    if (index % 25 === 8) return activity(random, index, { originator: 'user', userMessaged: { userMessage: words(random, 10) } });
    const title = index % 10 === 3 ? `Tests — ${words(random, 3)}` : words(random, 4);
    return activity(random, index, { progressUpdated: { title, description: words(random, 12) } });
  });
}

/** The same with artifacts: every fifth a cumulative patch of 20 to 50 kB, some commands, a few screenshots. */
export function mixedActivities(count, seed = 3) {
  const random = numbers(seed);
  return lightActivities(count, seed).map((light, index) => {
    const artifacts = [];
    if (index % 5 === 4) {
      const unidiffPatch = patchOf(20_000 + (30_000 * index) / count, 11);
      const gitPatch = { unidiffPatch, baseCommitId: hex(random, 40), suggestedCommitMessage: `feat: ${words(random, 8)}` };
      artifacts.push({ changeSet: { source: 'sources/github/owner/repo', gitPatch } });
    }
    if (index % 7 === 2) artifacts.push({ bashOutput: { command: 'npm test', output: `${words(random, 60)}\n`, exitCode: index % 2 } });
    if (index % 33 === 20) artifacts.push({ media: { data: base64(random, 60_000), mimeType: 'image/png' } });
    return artifacts.length > 0 ? { ...light, artifacts } : light;
  });
}

/** A session as the service has it. */
export function session(index, more = {}) {
  const random = numbers(1000 + index);
  const id = String(10_000_000_000_000_000_000n + BigInt(index) * 7919n);
  return {
    name: `sessions/${id}`,
    id,
    title: words(random, 6),
    prompt: words(random, 40),
    createTime: timeOf(index),
    updateTime: timeOf(index + 40),
    state: 'IN_PROGRESS',
    url: `https://jules.google.com/session/${id}`,
    sourceContext: { source: 'sources/github/owner/repo', githubRepoContext: { startingBranch: 'main' } },
    ...more,
  };
}

/** The outputs of a session with this patch. */
export const outputsOf = (unidiffPatch) => [
  { pullRequest: { url: 'https://github.com/owner/repo/pull/7', title: 'The change', description: 'What was asked for.', baseRef: 'main', headRef: 'jules-7' } },
  { changeSet: { source: 'sources/github/owner/repo', gitPatch: { unidiffPatch, baseCommitId: '36ead0a4caefc451b9652ed926a15af9570f4f35', suggestedCommitMessage: 'feat: the change' } } },
];
