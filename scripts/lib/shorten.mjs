/**
 * Gives the names between a wasm file and its glue a few letters. wasm-bindgen ends them in hashes of sixteen digits, and
 * what is random cannot be packed: in both files together they were a kilobyte and a half of what a page downloads.
 */
import { StepError } from './run.mjs';

const SECTIONS = { import: 2, export: 7 };
const HASHED = /_h?[0-9a-f]{16}$/;

/**
 * @param {Uint8Array} wasm what wasm-bindgen wrote
 * @param {string} glue its JavaScript
 * @returns {{ wasm: Uint8Array, glue: string }} the same with short names
 */
export function shorten(wasm, glue) {
  const names = new Map();
  const shortName = (name) => {
    if (!HASHED.test(name)) return name;
    if (!names.has(name)) names.set(name, `_${names.size.toString(36)}`);
    return names.get(name);
  };
  const parts = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at];
    const size = leb(wasm, at + 1);
    const end = size.next + size.value;
    const body = wasm.subarray(size.next, end);
    const rename = { [SECTIONS.import]: renameImports, [SECTIONS.export]: renameExports }[id];
    const renamed = rename ? rename(body, shortName) : body;
    parts.push(Uint8Array.of(id), toLeb(renamed.length), renamed);
    at = end;
  }
  let text = glue;
  for (const [name, short] of names) {
    const pattern = new RegExp(`\\b${name}\\b`, 'g');
    if (!pattern.test(text)) throw new StepError(`the glue does not know ${name}`, { advice: 'See scripts/lib/shorten.mjs.' });
    text = text.replace(pattern, short);
  }
  return { wasm: Buffer.concat(parts), glue: text };
}

/** Each import: a module's name, a field's name, then what it is, of which the kind tells the length. */
function renameImports(body, shortName) {
  return entries(body, (at, parts) => {
    const module = string(body, at);
    const field = string(body, module.next);
    const end = skipDescription(body, field.next);
    parts.push(body.subarray(at, module.next), toString(shortName(field.value)), body.subarray(field.next, end));
    return end;
  });
}

/** Each export: a name, a kind, an index. */
function renameExports(body, shortName) {
  return entries(body, (at, parts) => {
    const name = string(body, at);
    const end = leb(body, name.next + 1).next;
    parts.push(toString(shortName(name.value)), body.subarray(name.next, end));
    return end;
  });
}

function entries(body, read) {
  const count = leb(body, 0);
  const parts = [body.subarray(0, count.next)];
  let at = count.next;
  for (let i = 0; i < count.value; i++) at = read(at, parts);
  return Buffer.concat(parts);
}

function skipDescription(body, at) {
  const kind = body[at];
  if (kind === 0) return leb(body, at + 1).next; // a function: its type
  if (kind === 3) return at + 3; // a global: a type and whether it changes
  const limits = kind === 1 ? at + 2 : at + 1; // a table has a type before its limits, a memory has not
  if (kind > 2) throw new StepError(`an import of kind ${kind}`, { advice: 'See scripts/lib/shorten.mjs.' });
  const least = leb(body, limits + 1).next;
  return body[limits] & 1 ? leb(body, least).next : least;
}

function string(bytes, at) {
  const length = leb(bytes, at);
  const next = length.next + length.value;
  return { value: Buffer.from(bytes.subarray(length.next, next)).toString('utf8'), next };
}

function toString(text) {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([toLeb(bytes.length), bytes]);
}

function leb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return { value, next: at };
  }
}

function toLeb(value) {
  const bytes = [];
  do {
    const more = value >= 128;
    bytes.push((value % 128) | (more ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return Uint8Array.from(bytes);
}
