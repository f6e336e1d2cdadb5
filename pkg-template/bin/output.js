/** The output of a command: its result on standard output, as text or JSON, and its progress on standard error. */
import { EXIT } from './exits.js';
import { LiveArea, styleOf } from './terminal.js';

export class Output {
  isJson = false;
  /** Called when the reader of standard output has closed the pipe. */
  onClosed = () => {};

  #stdout;
  #stderr;
  #live;
  /** What was last written to standard output. */
  #last = '';

  constructor(stdout, stderr) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.style = styleOf(stdout);
    this.noteStyle = styleOf(stderr);
    stdout.on('error', (error) => (error.code === 'EPIPE' ? this.onClosed() : this.#notWritten(error)));
    // Without a reader of its progress a command continues.
    stderr.on('error', () => {});
  }

  /** The columns of the terminal of standard output; undefined if it is not a terminal. */
  get columns() {
    return this.#stdout.isTTY ? (this.#stdout.columns || 80) : undefined;
  }

  /** A full disk must not cost the id of a session that was created. */
  #notWritten(error) {
    this.error(`jules-wasm: Standard output cannot be written: ${error.message}. It would have been:\n${this.#last.trimEnd()}`);
    process.exitCode = EXIT.error;
  }

  /** Writes a text as it is. */
  text(text) {
    this.#live?.hide();
    this.#last = text;
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
