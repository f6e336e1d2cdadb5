/** A text and the position of the current line. */
export class Lines {
  constructor(text) {
    this.text = text;
    // A byte order mark is not a part of the first line.
    this.at = text.startsWith('\ufeff') ? 1 : 0;
  }

  get atEnd() {
    return this.at >= this.text.length;
  }

  startsWith(start) {
    return this.text.startsWith(start, this.at);
  }

  /** Moves to the next line. */
  skip() {
    this.at = nextLine(this.text, this.at);
  }

  /** The line at hand, without its line end. */
  peek() {
    return lineAt(this.text, this.at);
  }

  /** The line at hand, without its line end; moves to the next one. */
  take() {
    const line = this.peek();
    this.skip();
    return line;
  }
}

/** Where the line after the one at `at` begins, or the end of the text. Lines end with LF. */
export function nextLine(text, at) {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** The line at `at` without its LF, and without a CR before that. */
export function lineAt(text, at) {
  const end = text.indexOf('\n', at);
  const line = text.slice(at, end < 0 ? text.length : end);
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
