/**
 * Stands in for the service without a network: prebuilt bodies, found by the URL. It answers the reads that clients send
 * while they watch and list: pages, `fields`, `prettyPrint`, `filter=create_time > "…"`. Every body is created once and kept.
 *
 * Bodies are indented by two spaces, as Google's services do by default.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** `a,b(c,d),e/f` as a tree; `true` is everything. */
function parseMask(text) {
  let at = 0;
  const read = () => {
    const tree = {};
    while (at < text.length && text[at] !== ')') {
      const begin = at;
      while (at < text.length && !',()'.includes(text[at])) at++;
      const path = text.slice(begin, at).split(/[/.]/);
      let below = true;
      if (text[at] === '(') {
        at++;
        below = read();
        at++;
      }
      let place = tree;
      for (const name of path.slice(0, -1)) place = place[name] = typeof place[name] === 'object' ? place[name] : {};
      place[path.at(-1)] = below;
      if (text[at] === ',') at++;
    }
    return tree;
  };
  return read();
}

function select(value, mask) {
  if (mask === true || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => select(item, mask));
  const entries = Object.entries(value).filter(([name]) => name in mask || '*' in mask);
  return Object.fromEntries(entries.map(([name, item]) => [name, select(item, mask[name] ?? mask['*'])]));
}

const nanos = (time) => {
  const [seconds, fraction = ''] = time.replace('Z', '').split('.');
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
};

function activitiesPage(all, query) {
  const after = query.get('filter')?.match(/create_time\s*>\s*"([^"]+)"/)?.[1];
  const from = query.get('pageToken');
  const start = from ? BigInt(from) : after ? nanos(after) + 1n : 0n;
  const left = all.filter(({ createTime }) => nanos(createTime) >= start);
  const size = Math.min(Number(query.get('pageSize') || 50), 100);
  return { activities: left.slice(0, size), ...(left.length > size && { nextPageToken: String(nanos(left[size].createTime)) }) };
}

function sessionsPage(all, query) {
  const from = Number(query.get('pageToken') ?? 0);
  const size = Math.min(Number(query.get('pageSize') || 30), 100);
  const isForArchived = /archived\s*=\s*true/.test(query.get('filter') ?? '');
  const page = isForArchived ? [] : all.slice(from, from + size);
  return { ...(page.length > 0 && { sessions: page }), ...(from + size < all.length && !isForArchived && { nextPageToken: String(from + size) }) };
}

const indexed = (all) => new Map(all.map((one) => [one.id, one]));

/** The part of a Response that both clients read. Cheaper than a real one; each body is returned as a copy. */
class Answer {
  ok;
  status;
  statusText = '';
  type = 'basic';
  redirected = false;
  body = null;
  headers;
  #bytes;

  constructor(status, bytes, headers) {
    this.ok = status < 300;
    this.status = status;
    this.headers = headers;
    this.#bytes = bytes;
  }

  async arrayBuffer() {
    return this.#bytes.slice().buffer;
  }

  async bytes() {
    return this.#bytes.slice();
  }

  async text() {
    return decoder.decode(this.#bytes);
  }

  async json() {
    return JSON.parse(decoder.decode(this.#bytes));
  }
}

export class StandIn {
  #sessions;
  #byId;
  #activities;
  #bodies = new Map();
  #headers = new Headers({ 'content-type': 'application/json; charset=UTF-8' });
  /** The bytes of all bodies that were created. */
  bodyBytes = 0;

  /**
   * @param {{ sessions?: object[], activities?: object[] }} what sessions newest first; the activities are those of any
   */
  constructor({ sessions = [], activities = [] }) {
    this.#sessions = sessions;
    this.#byId = indexed(sessions);
    this.#activities = activities;
  }

  /** @returns {{ status: number, bytes: Uint8Array }} */
  answer(url) {
    const path = url.slice(url.indexOf('/v1alpha/') + 9);
    let found = this.#bodies.get(path);
    if (!found) {
      found = this.#make(path);
      this.#bodies.set(path, found);
      this.bodyBytes += found.bytes.length;
    }
    return found;
  }

  #make(path) {
    const { pathname, searchParams: query } = new URL(path, 'http://service/');
    const [, , id, activities, activity] = pathname.split('/');
    let value;
    if (!id) value = sessionsPage(this.#sessions, query);
    else if (activity) value = this.#activities.find((one) => one.id === activity);
    else if (activities) value = activitiesPage(this.#activities, query);
    else value = this.#byId.get(id);
    if (!value) return { status: 404, bytes: encoder.encode('{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}') };
    const mask = query.get('fields');
    const indent = query.get('prettyPrint') === 'false' ? 0 : 2;
    return { status: 200, bytes: encoder.encode(`${JSON.stringify(mask ? select(value, parseMask(mask)) : value, null, indent)}\n`) };
  }

  /** Replaces the global fetch. */
  fetch = async (url) => {
    const { status, bytes } = this.answer(String(url));
    return new Answer(status, bytes, this.#headers);
  };
}
