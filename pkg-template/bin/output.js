/** The output of a command: its result on standard output, as text or JSON, and its progress on standard error. */
import { LiveArea, styleOf } from './terminal.js';

export class Output {
  isJson = false;
  /** Called when the reader of standard output has closed the pipe. */
  onClosed = () => {};

  #stdout;
  #stderr;
  #live;

  constructor(stdout, stderr) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.style = styleOf(stdout);
    this.noteStyle = styleOf(stderr);
    stdout.on('error', ignoring('EPIPE', () => this.onClosed()));
    // Without a reader of its progress a command continues.
    stderr.on('error', ignoring('EPIPE', () => {}));
  }

  /** The columns of the terminal of standard output; undefined if it is not a terminal. */
  get columns() {
    return this.#stdout.isTTY ? (this.#stdout.columns || 80) : undefined;
  }

  /** Writes a text as it is. */
  text(text) {
    this.#live?.hide();
    this.#stdout.write(text);
  }

  /** Writes the value as a line of JSON, or the text that `describe` returns. */
  result(value, describe) {
    this.text(`${this.isJson ? JSON.stringify(value) : describe()}\n`);
    this.#live?.show();
  }

  /** Writes a line of progress. */
  note(line) {
    if (this.isJson) return;
    this.error(line);
  }

  /** Writes what to do next to standard error: as JSON with `--json`. */
  advise(value, text) {
    this.error(this.isJson ? JSON.stringify(value) : text);
  }

  /** Writes a line to standard error. */
  error(line) {
    this.#live?.hide();
    this.#stderr.write(`${line}\n`);
    this.#live?.show();
  }

  /**
   * Keeps lines at the bottom of the terminal, below all other output. Without a terminal, and with `--json`, nothing is shown.
   *
   * @param {(columns: number, rows: number) => string[]} render returns the lines
   */
  live(render) {
    if (this.isJson || !this.#stderr.isTTY || process.env.TERM === 'dumb') return;
    this.#live ??= new LiveArea(this.#stderr, render);
  }

  /** Redraws the live lines. */
  refresh() {
    this.#live?.show();
  }

  /** Removes the live lines. */
  close() {
    this.#live?.close();
    this.#live = undefined;
  }
}

/** A listener for errors that throws all but those with this code. */
const ignoring = (code, then) => (error) => {
  if (error.code !== code) throw error;
  then();
};
