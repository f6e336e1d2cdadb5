// Reads an LZMA stream. The wasm travels as one: it is a fifth smaller than by any means a runtime has built in that
// answers at once, and it must, because `jules.session(id)` does. The decoder weighs a kilobyte; libraries bring their
// encoder along. Written after the description of the format in the LZMA SDK's lzma.txt; names are its own.

const STATES = 12;
const POSITION_STATES = 16;
const LENGTH_MODEL = 2 + POSITION_STATES * 16 + 256;

// Where each model's probabilities begin.
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES * POSITION_STATES;
const IS_REP_G0 = IS_REP + STATES;
const IS_REP_G1 = IS_REP_G0 + STATES;
const IS_REP_G2 = IS_REP_G1 + STATES;
const IS_REP0_LONG = IS_REP_G2 + STATES;
const POSITION_SLOT = IS_REP0_LONG + STATES * POSITION_STATES;
const POSITION_SPECIAL = POSITION_SLOT + 4 * 64;
const ALIGN = POSITION_SPECIAL + 128;
const LENGTH = ALIGN + 16;
const REP_LENGTH = LENGTH + LENGTH_MODEL;
const LITERAL = REP_LENGTH + LENGTH_MODEL;

/** The bytes that were packed into `source`, an LZMA stream with its 13-byte header. */
export function unpack(source) {
  const literalContextBits = source[0] % 9;
  const positionStateMask = (1 << Math.floor(source[0] / 45)) - 1;
  const out = new Uint8Array(new DataView(source.buffer, source.byteOffset).getUint32(5, true));
  const probabilities = new Uint16Array(LITERAL + (0x300 << literalContextBits)).fill(1024);
  let at = 18;
  // The range and the code are 32 bits wide; in variables they would be boxed at every step.
  const coder = new Uint32Array([0xffffffff, new DataView(source.buffer, source.byteOffset).getUint32(14)]);

  const narrow = (range, code) => {
    if (range < 0x1000000) {
      coder[0] = range << 8;
      coder[1] = (code << 8) | source[at++];
    } else {
      coder[0] = range;
      coder[1] = code;
    }
  };
  const bit = (model) => {
    const range = coder[0];
    const code = coder[1];
    const probability = probabilities[model];
    const bound = (range >>> 11) * probability;
    if (code < bound) {
      probabilities[model] = probability + ((2048 - probability) >>> 5);
      narrow(bound, code);
      return 0;
    }
    probabilities[model] = probability - (probability >>> 5);
    narrow(range - bound, code - bound);
    return 1;
  };
  const tree = (model, bits) => {
    let node = 1;
    for (let i = 0; i < bits; i++) node = (node << 1) | bit(model + node);
    return node - (1 << bits);
  };
  const reverseTree = (model, bits) => {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const next = bit(model + node);
      node = (node << 1) | next;
      value |= next << i;
    }
    return value;
  };
  const direct = (bits) => {
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const half = coder[0] >>> 1;
      const one = coder[1] >= half ? 1 : 0;
      narrow(half, coder[1] - half * one);
      value = value * 2 + one;
    }
    return value;
  };
  const length = (model, positionState) => {
    if (!bit(model)) return 2 + tree(model + 2 + positionState * 8, 3);
    if (!bit(model + 1)) return 10 + tree(model + 2 + POSITION_STATES * 8 + positionState * 8, 3);
    return 18 + tree(model + 2 + POSITION_STATES * 16, 8);
  };
  const distance = (matchLength) => {
    const slot = tree(POSITION_SLOT + Math.min(matchLength - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << bits;
    if (slot < 14) return base + reverseTree(POSITION_SPECIAL + base - slot, bits);
    return base + direct(bits - 4) * 16 + reverseTree(ALIGN, 4);
  };

  let state = 0;
  let [rep0, rep1, rep2, rep3] = [0, 0, 0, 0];
  for (let position = 0; position < out.length; ) {
    const positionState = position & positionStateMask;
    if (!bit(IS_MATCH + state * POSITION_STATES + positionState)) {
      const previous = position > 0 ? out[position - 1] : 0;
      const model = LITERAL + 0x300 * (previous >> (8 - literalContextBits));
      let symbol = 1;
      if (state >= 7) {
        // After a match, the byte that the match would have gone on with tells which model to use, while it is right.
        let matched = out[position - rep0 - 1];
        while (symbol < 0x100) {
          const expected = (matched >> 7) & 1;
          matched <<= 1;
          const next = bit(model + ((1 + expected) << 8) + symbol);
          symbol = (symbol << 1) | next;
          if (next !== expected) break;
        }
      }
      while (symbol < 0x100) symbol = (symbol << 1) | bit(model + symbol);
      out[position++] = symbol;
      state = state < 4 ? 0 : state - (state < 10 ? 3 : 6);
      continue;
    }
    let count;
    if (!bit(IS_REP + state)) {
      [rep1, rep2, rep3] = [rep0, rep1, rep2];
      count = length(LENGTH, positionState);
      rep0 = distance(count);
      state = state < 7 ? 7 : 10;
    } else {
      if (!bit(IS_REP_G0 + state)) {
        if (!bit(IS_REP0_LONG + state * POSITION_STATES + positionState)) {
          out[position] = out[position - rep0 - 1];
          position++;
          state = state < 7 ? 9 : 11;
          continue;
        }
      } else if (!bit(IS_REP_G1 + state)) {
        [rep0, rep1] = [rep1, rep0];
      } else if (!bit(IS_REP_G2 + state)) {
        [rep0, rep1, rep2] = [rep2, rep0, rep1];
      } else {
        [rep0, rep1, rep2, rep3] = [rep3, rep0, rep1, rep2];
      }
      count = length(REP_LENGTH, positionState);
      state = state < 7 ? 8 : 11;
    }
    for (const end = Math.min(position + count, out.length); position < end; position++) {
      out[position] = out[position - rep0 - 1];
    }
  }
  return out;
}
