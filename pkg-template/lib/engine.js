// What the engine does faster than the core: reading the bodies of answers, and reading a page's fields of its entries at once.

/** The beginning of a body that is no JSON, for the core's messages. */
const SHOWN = 4096;

let decoder;

/** Bytes as text, as `Response.text()` decodes them. Undefined if the text is longer than the engine's strings can be. */
function decode(chunks, size) {
  decoder ??= new TextDecoder();
  let bytes = chunks[0] ?? new Uint8Array(0);
  if (chunks.length > 1) {
    // In one piece: engines decode that several times as fast as a stream of pieces.
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

/** The body as text; undefined if it has more bytes than may be read. */
async function textOf(response, mostBytes) {
  if (typeof response.body?.getReader !== 'function') {
    // A stand-in for a response, or one without a body.
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
    // A stand-in need not have headers.
    return undefined;
  }
}

function isResponse(answer) {
  return ['text', 'arrayBuffer'].some((name) => typeof answer?.[name] === 'function');
}

/**
 * Reads what `fetch` has returned: `{ status, statusText, retryAfter, date, json }`, with `text` in the place of `json` where
 * the body is no JSON, and neither where it is too large; or `{ hasFailed, error, answered, isNoResponse }`. Never rejects.
 * Whatever is asked of an answer may throw: many things stand in for a response in tests.
 */
async function read(answer, wantsDate, mostBytes) {
  let answered = false;
  let response;
  try {
    response = await answer;
    answered = true;
    const { status } = response;
    const isWell = status >= 200 && status < 300;
    const statusText = isWell ? undefined : response.statusText || undefined;
    const retryAfter = isWell ? undefined : header(response, 'retry-after');
    const date = isWell && !wantsDate ? undefined : header(response, 'date');
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

/** The members of an activity's union; of two the first one counts. */
const KINDS = ['agentMessaged', 'userMessaged', 'planGenerated', 'planApproved', 'progressUpdated', 'sessionCompleted', 'sessionFailed'];
const PLACE = ['id', 'name', 'createTime'];

/** What an activity reports; `bare` if only where it is was asked for, and empty if it is something unknown. */
export function kindOf(activity) {
  for (const kind of KINDS) if (isObject(activity?.[kind])) return kind;
  return isObject(activity) && Object.keys(activity).every((name) => PLACE.includes(name)) ? 'bare' : '';
}

/** The rows of src/core: the fields by which an entry of a list is decided. */
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

/** All rows of a page as one text: what crosses into the core as one string costs a tenth of many. */
function rows(page, list) {
  const all = [];
  for (const entry of entries(page, list)) ROWS[list](entry, all);
  return all.join('\x1f');
}

const array = (items) => items;

/** Whether two values of JSON are the same, in whatever order their fields are. */
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

/** For `useEngine` of the core. */
export const engine = { read, rows, entries, array, isSame };
