// Work that the engine does faster than the core: reading response bodies, and reading the fields of all entries of a page at once.
import { textCoders } from './builtins.js';

/** The length of the beginning of a body that is not JSON, for messages. */
const SHOWN = 4096;

let decoder;

/** Decodes bytes as `Response.text()` does. Undefined if the text is longer than the largest string of the engine. */
function decode(chunks, size) {
  decoder ??= new (textCoders().TextDecoder)();
  let bytes = chunks[0] ?? new Uint8Array(0);
  if (chunks.length > 1) {
    // In one piece, which engines decode several times as fast as a stream.
    bytes = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
  }
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof RangeError || error.code === 'ERR_STRING_TOO_LONG') return undefined;
    throw error;
  }
}

/** The body as text; undefined if it has more than `most` bytes. */
async function textOf(response, mostBytes) {
  if (typeof response.body?.getReader !== 'function') {
    // A mocked response, or one without a body.
    const bytes = typeof response.text !== 'function' && new Uint8Array(await response.arrayBuffer());
    const text = bytes ? decode([bytes], bytes.byteLength) : await response.text();
    return text?.length > mostBytes ? undefined : text;
  }
  const reader = response.body.getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return decode(chunks, size);
    size += value.byteLength;
    if (size > mostBytes) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    chunks.push(value);
  }
}

function header(response, name) {
  try {
    return response.headers.get(name) ?? undefined;
  } catch {
    // A mocked response may have no headers.
    return undefined;
  }
}

function isResponse(answer) {
  return ['text', 'arrayBuffer'].some((name) => typeof answer?.[name] === 'function');
}

/**
 * Reads the result of `fetch`: `{ status, statusText, retryAfter, date, json }`, with `text` instead of `json` if the body is not
 * JSON, and neither if it is too large; or `{ hasFailed, error, answered, isNoResponse }`. Never rejects. Any access to the
 * response may throw, since tests mock it in many ways.
 */
async function read(answer, wantsDate, mostBytes) {
  let answered = false;
  let response;
  try {
    response = await answer;
    answered = true;
    const { status } = response;
    const isSuccess = status >= 200 && status < 300;
    const statusText = isSuccess ? undefined : response.statusText || undefined;
    const retryAfter = isSuccess ? undefined : header(response, 'retry-after');
    const date = isSuccess && !wantsDate ? undefined : header(response, 'date');
    const text = await textOf(response, mostBytes);
    return { hasFailed: false, status, statusText, retryAfter, date, ...parsed(text) };
  } catch (error) {
    if (!answered || isResponse(response)) return { hasFailed: true, error, answered, isNoResponse: false };
    const problem = new TypeError('what fetch returned is no Response: it lacks text()');
    return { hasFailed: true, error: problem, answered, isNoResponse: true };
  }
}

function parsed(text) {
  if (text === undefined) return undefined;
  try {
    return { json: JSON.parse(text) };
  } catch {
    return { text: text.slice(0, SHOWN) };
  }
}

const text = (value) => (typeof value === 'string' ? value : '');
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const lastPart = (name) => name.slice(name.lastIndexOf('/') + 1);

/** The members of an activity's union. If there are several, the first one counts. */
const KINDS = ['agentMessaged', 'userMessaged', 'planGenerated', 'planApproved', 'progressUpdated', 'sessionCompleted', 'sessionFailed'];
const PLACE = ['id', 'name', 'createTime'];

/** The kind of an activity: `bare` if only its position was requested, empty if unknown. */
export function kindOf(activity) {
  for (const kind of KINDS) if (isObject(activity?.[kind])) return kind;
  return isObject(activity) && Object.keys(activity).every((name) => PLACE.includes(name)) ? 'bare' : '';
}

/** The rows of src/core/row.rs: the fields of an entry that decisions need. */
const ROWS = {
  sessions(session, row) {
    const name = text(session?.name);
    const id = text(session?.id) || lastPart(name);
    row.push(name || (id && `sessions/${id}`), id, text(session?.state), text(session?.updateTime));
  },
  activities(activity, row) {
    const id = text(activity?.id) || lastPart(text(activity?.name));
    row.push(id, text(activity?.createTime), text(activity?.originator), kindOf(activity));
  },
};

function entries(page, list) {
  const found = page?.[list];
  return Array.isArray(found) ? found : [];
}

/** All rows of a page as one string, which crosses into the core ten times as fast as many. */
function rows(page, list) {
  const all = [];
  for (const entry of entries(page, list)) ROWS[list](entry, all);
  return all.join('\x1f');
}

const array = (items) => items;

/** Whether two JSON values are equal, in any order of fields. */
function isSame(one, other) {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const names = Object.keys(one);
  return (
    Array.isArray(one) === Array.isArray(other) &&
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
  );
}

/** The functions for `useEngine` of the core. */
export const engine = { read, rows, entries, array, isSame };
