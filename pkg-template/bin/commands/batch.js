/** `batch`: creates a session for each task in a file, within the quota, and prints the tasks as they end. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

import { UsageError } from '../arguments.js';
import { EXIT } from '../exits.js';
import { outcomeData } from '../print.js';
import { defaultsOf } from '../task.js';
import { oneLine, plain } from '../terminal.js';

export default async function batch({ jules, options, positionals: [file], stdin, out, signal, progress }) {
  const { journal = file === '-' ? undefined : `${file}.journal`, plan: quota, concurrency, timeout } = options;
  if (journal === undefined) throw new UsageError('--journal is required with tasks from standard input');
  const tasks = tasksOf(await contentOf(file, stdin));
  const defaults = defaultsOf(options);

  let counts;
  out.live(() => (counts ? [out.noteStyle('dim', summaryOf(counts))] : []));
  const running = jules.batch(tasks, ({ key, ...task }) => ({ ...defaults, ...task }), {
    key: ({ key, title, prompt }) => key ?? title ?? prompt,
    journal, quota, concurrency, signal,
    maxRunning: options['max-running'],
    timeoutMs: timeout,
    onProgress: (current) => {
      counts = current;
      progress.resume = `jules-wasm batch ${file}${options.journal === undefined ? '' : ` --journal ${journal}`}`;
      out.refresh();
    },
  });
  const statuses = new Set();
  for await (const item of running) {
    statuses.add(item.status);
    const data = await dataOf(item, signal);
    out.result(data, () => lineOf(data, out.style));
  }
  out.close();
  if (counts) out.note(summaryOf(counts));
  const worst = ['unknown', 'notCreated', 'waitFailed', 'failed'].find((status) => statuses.has(status));
  return { unknown: EXIT.unknown, notCreated: EXIT.error, waitFailed: EXIT.error, failed: EXIT.failed }[worst] ?? EXIT.ok;
}

const contentOf = (file, stdin) => (file === '-' ? text(stdin) : readFile(file, 'utf8'));

/** The tasks: one per line, as JSON or as a prompt. Empty lines are skipped. */
function tasksOf(content) {
  const lines = content.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 })).filter(({ line }) => line !== '');
  return lines.map(({ line, number }) => {
    if (!line.startsWith('{')) return { prompt: line };
    try {
      return JSON.parse(line);
    } catch (error) {
      throw new UsageError(`line ${number} begins with "{" and is not JSON: ${error.message}`);
    }
  });
}

/** A settled item as JSON: with the result of its session. */
async function dataOf({ key, index, status, session, error }, signal) {
  const isEnded = status === 'completed' || status === 'failed';
  const outcome = isEnded ? outcomeData(await session.result({ signal, throwOnFailure: false })) : { id: session?.id };
  return { key, index, status, ...outcome, ...(error && { error: { code: error.code, message: error.message } }) };
}

const COLOURS = { completed: 'green', failed: 'red', notCreated: 'red', waitFailed: 'red', unknown: 'yellow' };

function lineOf({ key, status, id = '', pullRequest, failureReason, error }, style) {
  const detail = pullRequest?.url ?? failureReason ?? error?.message ?? '';
  return [style(COLOURS[status], status), id, oneLine(key), oneLine(plain(detail))].join('\t').trimEnd();
}

function summaryOf({ total, waiting, running, completed, failed, waitFailed, notCreated, unknown, quota }) {
  const parts = [`${completed} of ${total} completed`, `${running} running`, `${waiting} waiting`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (waitFailed + notCreated + unknown > 0) parts.push(`${waitFailed + notCreated + unknown} with errors`);
  if (quota) parts.push(`${quota.day} sessions in 24 hours`);
  return parts.join(', ');
}
