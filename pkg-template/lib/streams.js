// A module's code, apart: its instructions in one stream, their operands in others, by kind. Bytes of a kind are alike,
// so the module packs a tenth smaller than as it is. `split` is for the build, `join` for what unpacks. How the streams
// are cut was tried out: an access's alignment stays with its instruction, which it hardly ever surprises.

/** The streams: what is no code, then the code's by their kind. */
const [REST, OPCODE, TYPE, LABEL, LOCAL, CALL, GOT, OFFSET, NUMBER, LONG, OTHER] = Array(11).keys();
const STREAMS = 11;
const CODE_SECTION = 10;

/** How many operands follow the instructions behind 0xfc, from the eighth on. */
const BULK_OPERANDS = [2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/**
 * Goes through the code section's functions. `copy(stream, count)` takes the next number (or so many bytes), puts it
 * where it belongs, and returns its value (or the first byte); `begin` and `end` are told of the functions.
 */
function walk(copy, begin, end) {
  const copies = (stream, count) => {
    while (count-- > 0) copy(stream);
  };
  for (let functions = copy(OTHER); functions > 0; functions--) {
    begin();
    for (let groups = copy(OTHER); groups > 0; groups--) copies(OTHER, 2);
    let depth = 1;
    while (depth > 0) {
      const opcode = copy(OPCODE, 1);
      if (opcode >= 0x28 && opcode <= 0x3e) {
        copy(OPCODE);
        copy(OFFSET);
      } else if (opcode >= 0x20 && opcode <= 0x22) copy(opcode === 0x20 ? GOT : LOCAL);
      else if (opcode === 0x41 || opcode === 0x42) copy(opcode === 0x41 ? NUMBER : LONG);
      else if (opcode === 0x10) copy(CALL);
      else if (opcode === 0x0b) depth--;
      else if (opcode >= 0x02 && opcode <= 0x04) {
        depth++;
        copy(TYPE);
      } else if (opcode === 0x0c || opcode === 0x0d) copy(LABEL);
      else if (opcode === 0x0e) copies(LABEL, copy(OTHER) + 1);
      else if (opcode === 0x11) copies(OTHER, 2);
      else if (opcode === 0x1c) copies(OTHER, copy(OTHER));
      else if (opcode === 0x43) copy(OTHER, 4);
      else if (opcode === 0x44) copy(OTHER, 8);
      else if (opcode === 0xfc) copies(OTHER, BULK_OPERANDS[copy(OPCODE) - 8] ?? 0);
      else if (opcode === 0xfd) vector(copy);
      else if ((opcode >= 0x23 && opcode <= 0x26) || opcode === 0x3f || opcode === 0x40 || opcode === 0xd0 || opcode === 0xd2) copy(OTHER);
    }
    end();
  }
}

/** What follows the prefix of an instruction on vectors. */
function vector(copy) {
  const opcode = copy(OPCODE);
  if (opcode <= 0x0b || (opcode >= 0x54 && opcode <= 0x5d)) {
    copy(OPCODE);
    copy(OFFSET);
    if (opcode >= 0x54 && opcode <= 0x5b) copy(OTHER, 1);
  } else if (opcode === 0x0c || opcode === 0x0d) copy(OTHER, 16);
  else if (opcode >= 0x15 && opcode <= 0x22) copy(OTHER, 1);
}

/** Reads a number of at most 32 bits; `at` is where it begins. */
function number(bytes, at) {
  let value = 0;
  let shift = 0;
  for (; bytes[at] & 0x80; shift += 7) value |= (bytes[at++] & 0x7f) << shift;
  return { value: (value | (bytes[at] << shift)) >>> 0, next: at + 1 };
}

/** Copies a number, or `count` bytes, between two places `{ bytes, at }`. */
function move(from, to, count) {
  const source = from.bytes;
  const target = to.bytes;
  if (count === undefined) {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = (target[to.at++] = source[from.at++]);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
  const first = source[from.at];
  while (count-- > 0) target[to.at++] = source[from.at++];
  return first;
}

/** Writes a number. */
function put(to, value) {
  for (; value > 0x7f; value >>>= 7) to.bytes[to.at++] = (value & 0x7f) | 0x80;
  to.bytes[to.at++] = value;
}

/** The streams of a module, one after the other behind their lengths. */
export function split(module) {
  const streams = Array.from({ length: STREAMS }, () => ({ bytes: [], at: 0 }));
  const from = { bytes: module, at: 8 };
  let code;
  while (!code) {
    const section = from.at;
    const { value, next } = number(module, section + 1);
    if (module[section] === CODE_SECTION) code = { section, next, end: next + value };
    else from.at = next + value;
  }
  from.at = code.next;
  walk(
    (stream, count) => move(from, streams[stream], count),
    () => (from.at = number(module, from.at).next),
    () => {},
  );
  streams[REST].bytes = [...module.subarray(0, code.section), ...module.subarray(code.end)];
  const lengths = new Uint32Array([module.length, code.section, ...streams.map(({ bytes }) => bytes.length)]);
  return Uint8Array.from([...new Uint8Array(lengths.buffer), ...streams.flatMap(({ bytes }) => bytes)]);
}

/** The module of its streams. */
export function join(bytes) {
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  const length = (index) => header.getUint32(4 * index, true);
  const [size, before] = [length(0), length(1)];
  let start = 4 * (STREAMS + 2);
  const streams = Array.from({ length: STREAMS }, (_, index) => ({ bytes, at: start, end: (start += length(index + 2)) }));
  const code = { bytes: new Uint8Array(size), at: 0 };
  const body = { bytes: new Uint8Array(size), at: 0 };
  // How many functions there are comes before the first of them.
  let to = code;
  walk(
    (stream, count) => move(streams[stream], to, count),
    () => (to = body),
    () => {
      put(code, body.at);
      code.bytes.set(body.bytes.subarray(0, body.at), code.at);
      code.at += body.at;
      body.at = 0;
      to = code;
    },
  );
  const out = { bytes: new Uint8Array(size), at: before };
  const rest = bytes.subarray(streams[REST].at, streams[REST].end);
  out.bytes.set(rest.subarray(0, before));
  out.bytes[out.at++] = CODE_SECTION;
  put(out, code.at);
  out.bytes.set(code.bytes.subarray(0, code.at), out.at);
  out.bytes.set(rest.subarray(before), out.at + code.at);
  return out.bytes;
}
