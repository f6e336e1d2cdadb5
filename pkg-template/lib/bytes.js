// Text for the core.
const PIECE = 1 << 14;

let encoder;

/**
 * A text as UTF-8, written into the core's memory a piece at a time. A string argument is copied a character at a time, a
 * new array of a megabyte costs more than all else, and of large strings some browsers make a copy first.
 */
export class Pieces {
  #text;
  #at = 0;

  constructor(text) {
    this.#text = text;
  }

  next(into) {
    encoder ??= new TextEncoder();
    const piece = this.#text.substring(this.#at, this.#at + PIECE);
    // Half a pair of surrogates would be none.
    const { read, written } = encoder.encodeInto(isHigh(piece.charCodeAt(PIECE - 1)) ? piece.slice(0, -1) : piece, into);
    this.#at += read;
    return written;
  }
}

const isHigh = (unit) => unit >= 0xd800 && unit < 0xdc00;
