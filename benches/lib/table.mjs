/** Tables in Markdown, and the numbers in them. */

const digits = (value, most) => {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const places = Math.max(0, most - 1 - Math.floor(Math.log10(Math.abs(value))));
  const text = value.toFixed(Math.min(places, 3));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : grouped(text);
};

const grouped = (text) => text.replace(/\B(?=(\d{3})+$)/g, ',');

/** How values are written. */
export const as = {
  count: (value) => digits(value, 3),
  bytes: (value) => (value < 100 ? `${digits(value, 3)} B` : `${grouped(value.toFixed(0))} B`),
  micros: (value) => (value < 1000 ? `${digits(value, 3)} µs` : `${digits(value / 1000, 3)} ms`),
  millis: (value) => `${digits(value, 3)} ms`,
  intervals: (value) => `${value.toFixed(2)}`,
  lines: (value) => grouped(String(value)),
  plain: (value) => String(value),
};

const times = (value) => (value >= 100 ? grouped(value.toFixed(0)) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** `3.10 (2.90–3.40)`: the median of the rounds' ratios, with the smallest and the largest. */
function ratioText({ median, min, max }) {
  if (!Number.isFinite(median)) return '–';
  return min === max ? times(median) : `${times(median)} (${times(min)}–${times(max)})`;
}

/** The least ratio that counts as even or better. */
const EVEN = 0.995;

/** Whether the official SDK is better in this row. */
export const isLost = ({ ratio }) => ratio !== undefined && ratio.median < EVEN;

/** Whether the goal is met, and in plain words if the official SDK is better. */
function verdict({ goal, ratio }) {
  const words = [];
  if (goal) words.push(goal.met ? 'yes' : '**no**');
  if (isLost({ ratio })) words.push(ratio.max >= 1 ? 'we lose, within the noise' : '**we lose**');
  return words.join('; ');
}

/**
 * A row: one measurement of both sides.
 *
 * @param {string} what
 * @param {{ ours, theirs, ratio? }} values of `compare`, or texts
 * @param {(value: number) => string} write
 * @param {{ text: string, met: boolean }} [goal]
 */
export const row = (what, { ours, theirs, ratio }, write = as.plain, goal = undefined) => ({
  what,
  ours: ours === undefined ? '–' : write(ours),
  theirs: theirs === undefined ? '–' : write(theirs),
  ratio,
  goal,
});

/** A goal, and whether it is met. */
export const goal = (text, met) => ({ text, met: Boolean(met) });

/** "At least so many times": less than that for us. */
export const atLeast = (least, { ratio }) => goal(`ratio ≥ ${least}`, ratio.median >= least);

export const HEAD = ['what', 'jules-wasm', 'official SDK', 'ratio', 'goal', 'met?'];

/** @param {ReturnType<typeof row>[]} rows */
export function table(rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const cells = rows.map((entry) => [
    entry.what,
    entry.ours,
    entry.theirs,
    entry.ratio ? ratioText(entry.ratio) : '–',
    entry.goal?.text ?? '',
    verdict(entry),
  ]);
  return [line(HEAD), line(['---', '--:', '--:', '--:', '---', '---']), ...cells.map(line)].join('\n');
}
