// Ids and URLs from callers. They are checked first, so that no id can change the path of a request.
import { invalid } from './errors.js';

const ID = /^[\w-]{1,256}$/;
const REPOSITORY = /^(?!\.{1,2}\/)[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/;
const PAGE = /^https:\/\/jules\.google\.com\/(?:u\/\d*\/)?session\/([^/?#]*)/;

/** The text in quotation marks, in one line and at most 80 characters, for messages. */
export function quoted(text) {
  const shown = text.slice(0, 80).replace(/[\p{Cc}\p{Cs}]/gu, ' ');
  return `"${shown}${text.length > 80 ? '…' : ''}"`;
}

/** A session's id, from an id, a resource name (`sessions/ID`) or the URL of its page, with or without an account (`u/0/`). */
export function sessionId(text) {
  const trimmed = text.trim();
  const id = trimmed.match(PAGE)?.[1] ?? trimmed.replace(/^sessions\//, '');
  if (ID.test(id)) return id;
  throw invalid('session id', `${quoted(text)} is not a session id; use an id, "sessions/ID" or the URL of the session's page`);
}

/** The id of an activity of this session, from an id or a resource name (`sessions/ID/activities/ID`). */
export function activityId(session, text) {
  const [, of = session, id] = text.match(/^(?:sessions\/([^/]*)\/activities\/)?([^/]*)$/) ?? [];
  if (!ID.test(id ?? '') || !ID.test(of)) throw invalid('activity id', `${quoted(text)} is not an activity id`);
  if (of !== session) throw invalid('activity id', `${quoted(text)} belongs to another session than ${session}`);
  return id;
}

/** The method and the path of a request, from text such as `GET /sessions`. Dots as segments would lead out of the base URL. */
export function routeOf(text) {
  const [, method, path] = text.match(/^(GET|POST|PATCH|DELETE) \/([^\s\\#]*)$/) ?? [];
  if (method && !/(^|\/)(\.|%2e){1,2}(\/|\?|$)/i.test(path)) return { method, path };
  throw invalid('route', `${quoted(text)} is not a route; use a method (GET, POST, PATCH or DELETE) and a path below the base URL, such as "GET /sessions"`);
}

/** Whether the text is the name of a GitHub repository (`owner/repo`). */
export const isRepository = (text) => REPOSITORY.test(text);

/** The problem with a base URL, or undefined. */
export function problemOfBaseUrl(text) {
  const url = text.trim();
  if (/[\p{Cc}\s\\]/u.test(url)) return 'must not contain white space or a backslash';
  if (/[?#]/.test(url)) return 'must not contain a query or fragment, since request paths are appended to it; pass the key as apiKey';
  if (url.startsWith('/')) return undefined;
  const [, authority] = url.match(/^https?:\/\/([^/]*)/) ?? [];
  if (authority === undefined) return 'must start with "https://", "http://" or, in a page, "/"';
  if (authority.includes('@')) return 'must not contain a user or password, since fetch rejects them; pass the credentials of a proxy in headers';
  return authority !== '' && isUrl(url) ? undefined : 'does not contain a valid host';
}

function isUrl(text) {
  try {
    return Boolean(new URL(text));
  } catch {
    return false;
  }
}
