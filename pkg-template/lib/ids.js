// Ids and addresses that callers give: checked before anything else, so that no text can reach another address.
import { invalid } from './errors.js';

const ID = /^[\w-]{1,256}$/;
const REPOSITORY = /^(?!\.{1,2}\/)[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/;
const PAGE = /^https:\/\/jules\.google\.com\/(?:u\/\d*\/)?session\/([^/?#]*)/;

/** The text between quotation marks, in one line, cut if it is long, for messages. */
export function quoted(text) {
  const shown = text.slice(0, 80).replace(/[\p{Cc}\p{Cs}]/gu, ' ');
  return `"${shown}${text.length > 80 ? '…' : ''}"`;
}

/** A session's id, from an id, a resource name (`sessions/ID`) or the address of its page, with or without an account (`u/0/`). */
export function sessionId(text) {
  const trimmed = text.trim();
  const id = trimmed.match(PAGE)?.[1] ?? trimmed.replace(/^sessions\//, '');
  if (ID.test(id)) return id;
  throw invalid('session id', `${quoted(text)} is no session id; give an id, "sessions/ID" or the address of the session's page`);
}

/** The id of an activity of this session, from an id or a resource name (`sessions/ID/activities/ID`). */
export function activityId(session, text) {
  const [, of = session, id] = text.match(/^(?:sessions\/([^/]*)\/activities\/)?([^/]*)$/) ?? [];
  if (!ID.test(id ?? '') || !ID.test(of)) throw invalid('activity id', `${quoted(text)} is no activity id`);
  if (of !== session) throw invalid('activity id', `${quoted(text)} is an activity of another session than ${session}`);
  return id;
}

/** Whether this names a repository on GitHub (`owner/repo`). */
export const isRepository = (text) => REPOSITORY.test(text);

/** What is wrong with the address of the service; undefined if nothing is. */
export function problemOfBaseUrl(text) {
  const url = text.trim();
  if (/[\p{Cc}\s\\]/u.test(url)) return 'must hold no white space and no backslash';
  if (/[?#]/.test(url)) return 'must have no query and no fragment, since the paths of requests are appended to it; a key is given as apiKey';
  if (url.startsWith('/')) return undefined;
  const [, authority] = url.match(/^https?:\/\/([^/]*)/) ?? [];
  if (authority === undefined) return 'must begin with "https://", "http://" or, in a page, "/"';
  if (authority.includes('@')) return "must hold no user and no password, which fetch refuses; a proxy's are given in headers";
  return authority !== '' && isUrl(url) ? undefined : 'names no valid host';
}

function isUrl(text) {
  try {
    return Boolean(new URL(text));
  } catch {
    return false;
  }
}
