/** Terminals: colours, widths, and lines that are redrawn in place. */
import { clearScreenDown, moveCursor } from 'node:readline';
import { styleText } from 'node:util';

/**
 * Removes what could control the terminal or reverse the order of characters from a text of the service: control characters
 * and directional formatting characters. Line breaks and tabs remain.
 */
export const plain = (text) => String(text ?? '').replace(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, '').trim();

/** The same in one line. */
export const oneLine = (text) => plain(text).replace(/\s+/g, ' ');

/** A function that colours a text for a stream: not at all if it is not a terminal, or NO_COLOR is set. */
export const styleOf = (stream) => (format, text) =>
  // By default styleText looks at the standard output of the process.
  stream.isTTY && stream.hasColors() ? styleText(format, text, { validateStream: false }) : text;

const WIDE = /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}])/u;
const graphemes = new Intl.Segmenter();

/** How many columns a text takes. */
export function widthOf(text) {
  if (/^[\x20-\x7E]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** The text in exactly this many columns: filled with spaces, or cut off with an ellipsis. */
export function fitted(text, columns) {
  const width = widthOf(text);
  if (width <= columns) return text + ' '.repeat(columns - width);
  let cut = '';
  for (const { segment } of graphemes.segment(text)) {
    if (widthOf(cut + segment) > columns - 1) break;
    cut += segment;
  }
  return fitted(`${cut}…`, columns);
}

const REDRAW_MS = 1000;
/** Terminals cut off long lines instead of breaking them, so that the number of lines is known. */
const [NO_WRAP, WRAP] = ['\x1b[?7l', '\x1b[?7h'];

/** Lines at the bottom of a terminal, redrawn in place. */
export class LiveArea {
  #stream;
  #render;
  #text = '';
  #height = 0;
  #timer;

  constructor(stream, render) {
    this.#stream = stream;
    this.#render = render;
    this.#timer = setInterval(() => this.show(), REDRAW_MS).unref();
    this.show();
  }

  show() {
    const lines = this.#render(this.#stream.columns || 80, this.#stream.rows || 24);
    const text = lines.map((line) => `${line}\n`).join('');
    if (this.#height > 0 && text === this.#text) return;
    this.hide();
    this.#stream.write(`${NO_WRAP}${text}${WRAP}`);
    this.#text = text;
    this.#height = lines.length;
  }

  hide() {
    if (this.#height === 0) return;
    moveCursor(this.#stream, 0, -this.#height);
    clearScreenDown(this.#stream);
    this.#height = 0;
  }

  close() {
    clearInterval(this.#timer);
    this.hide();
  }
}
