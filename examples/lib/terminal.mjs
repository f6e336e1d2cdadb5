/** Terminal output and input of the interactive example. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

const inColour = process.stdout.isTTY && !process.env.NO_COLOR;
const colour = (code) => (text) => (inColour ? `\x1b[${code}m${text}\x1b[0m` : text);

export const bold = colour(1);
export const dim = colour(2);
export const red = colour(31);
export const green = colour(32);
export const cyan = colour(36);

/** Removes control characters from a text of the service, so that it cannot control the terminal. */
const plain = (text) => (text ?? '').replace(/[^\P{Cc}\n\t]/gu, '').trim();

/** Prints an entry with a label; further lines are indented. */
export function print(label, text, paint = (line) => line) {
  console.log(`${paint(label.padEnd(9))} ${text.replaceAll('\n', `\n${' '.repeat(10)}`)}`);
}

export function printActivity({ type, plan, message, reason, title, description, artifacts }) {
  if (type === 'planGenerated') {
    print('plan', plan.steps.map((step, index) => `${index + 1}. ${plain(step.title)}`).join('\n'), bold);
  }
  if (type === 'agentMessaged') print('Jules', plain(message), cyan);
  if (type === 'sessionFailed') print('failed', plain(reason), red);
  if (type !== 'progressUpdated') return;
  // The description of a command repeats its output.
  const ranCommand = artifacts.some((artifact) => artifact.type === 'bashOutput');
  const text = plain([title, ranCommand ? '' : description].filter(Boolean).join('\n'));
  if (text) print('progress', text);
  for (const artifact of artifacts) printArtifact(artifact);
}

function printArtifact(artifact) {
  if (artifact.type === 'bashOutput') print('', plain(`${artifact}`), dim);
  if (artifact.type === 'media') print('', `${plain(artifact.mimeType)}, ${artifact.bytes().length} bytes`);
  if (artifact.type === 'changeSet') print('', `files changed so far: ${artifact.parsed().files.length}`);
}

export function printOutcome(outcome) {
  for (const { path, oldPath, changeType, additions, deletions } of outcome.generatedFiles()) {
    const name = plain(oldPath ? `${oldPath} → ${path}` : path);
    print(changeType, `${name}  ${green(`+${additions}`)} ${red(`-${deletions}`)}`);
  }
  const { pullRequest } = outcome;
  if (pullRequest) print('PR', `${plain(pullRequest.title)}\n${cyan(plain(pullRequest.url))}`, bold);
}

/** Returns a function that asks the user; with scripted answers it prints the next one as if typed. */
export function createPrompt(scripted) {
  const left = scripted && [...scripted];
  return async (question) => {
    const text = `${bold('you')}       ${dim(question)} `;
    if (left) {
      const answer = left.shift() ?? '';
      console.log(text + (answer || dim('⏎')));
      return answer;
    }
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    const closed = once(lines, 'close').then(() => Promise.reject(new Error('Standard input ended before the answer.')));
    try {
      return (await Promise.race([lines.question(text), closed])).trim();
    } finally {
      lines.close();
    }
  };
}
