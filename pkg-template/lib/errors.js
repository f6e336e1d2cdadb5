// The error classes. The core reports errors as plain data, because wasm cannot extend Error; this module converts them.

/** The brand of each class of this package. */
const brands = new Map();

/**
 * `instanceof` by brand, so that it works across copies of this file, such as those of `import` and `require`. Classes derived
 * by users have no brand and use the prototype chain as usual.
 */
function isInstance(value) {
  const brand = brands.get(this);
  if (brand === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
  return typeof value === 'object' && value !== null && brand in value;
}

/** The base class of all errors of this package. Classes that extend another built-in class have its brand too. */
export class JulesError extends Error {
  static [Symbol.hasInstance](value) {
    return isInstance.call(this, value);
  }

  constructor(message, details) {
    super(message);
    describe(this, details);
  }

  toJSON() {
    return toJSON(this);
  }
}

/** Sets the details of an error, which override the code of its class. `cause` is not enumerable, as in built-in errors. */
function describe(error, given) {
  const { cause, ...details } = over({}, given);
  Object.assign(error, { code: error.code }, details);
  if (cause !== undefined) Object.defineProperty(error, 'cause', { value: cause, writable: true, configurable: true });
}

/** The details of an error over the defaults of its class. Constructors of the official SDK have other arguments, such as a status. */
function over(defaults, details) {
  if (details === undefined || typeof details === 'object') return { ...defaults, ...details };
  throw invalid('details', `must be an object, not a ${typeof details}, since the arguments are (message, details)`);
}

function toJSON(error) {
  const { name, message } = error;
  return { name, message, ...error };
}

/** An argument or option is invalid; `field` names it. Also a TypeError. Nothing was sent. */
export class InvalidArgumentError extends TypeError {
  static [Symbol.hasInstance](value) {
    return isInstance.call(this, value);
  }

  constructor(message, details) {
    super(message);
    describe(this, over({ field: '' }, details));
  }

  toJSON() {
    return toJSON(this);
  }
}

/** At least one create of a batch failed. Also an AggregateError. Contains all created sessions and all failures. */
export class JulesBatchError extends AggregateError {
  static [Symbol.hasInstance](value) {
    return isInstance.call(this, value);
  }

  constructor(message, details) {
    const own = over({ failures: [], sessions: [] }, details);
    super(own.failures.map(({ error }) => error), message);
    describe(this, own);
  }

  toJSON() {
    return toJSON(this);
  }
}

/** Defaults of errors of requests that users create. Errors from the core have all properties. */
const REQUEST = { method: 'GET', url: '', outcome: 'unknown', retryable: false, attempts: 0 };

/** The service responded with an error. Also takes the arguments of the official SDK: url, status, statusText, message, options. */
export class JulesApiError extends JulesError {
  constructor(message, details, ...more) {
    const [own, given] = typeof details === 'number' ? responseOf(message, details, ...more) : [message, details];
    super(own, over({ ...REQUEST, status: 0, statusText: '' }, given));
  }
}

function responseOf(url, status, statusText = '', message = `The request to ${url} failed: ${status} ${statusText}`.trimEnd(), options) {
  return [message, over({ url, status, statusText }, options)];
}

/** The service refused the key (401) or the access (403). */
export class JulesAuthenticationError extends JulesApiError {}
/** Too many requests, or too many sessions (429). */
export class JulesRateLimitError extends JulesApiError {}
/** The service does not know the repository, or the branch. */
export class SourceNotFoundError extends JulesApiError {}
/** A response that cannot be read. */
export class JulesDecodeError extends JulesApiError {}
/** It is unknown whether a session was created or a message was sent, and reconciling did not decide it. */
export class JulesUnknownOutcomeError extends JulesError {
  constructor(message, details) {
    super(message, over({ ...REQUEST, request: {}, candidates: [] }, details));
  }
}
/** There was no response, or an incomplete one. Also takes the arguments of the official SDK: url, options. */
export class JulesNetworkError extends JulesError {
  constructor(message, details) {
    const isUrl = /^https?:\/\/\S+$/.test(message);
    super(isUrl ? `The request to ${message} failed` : message, over({ ...REQUEST, ...(isUrl && { url: message }) }, details));
  }
}
/** `timeoutMs` is over. */
export class TimeoutError extends JulesError {}
/** The caller's signal was aborted. `cause` is the last error if requests were failing, otherwise the signal's reason. */
export class AbortError extends JulesError {}
/** The client was closed. */
export class ClientClosedError extends JulesError {}
/** There is no API key. Nothing was sent. */
export class MissingApiKeyError extends JulesError {
  constructor(message = 'There is no API key. No request was sent. Set JULES_API_KEY or the option `apiKey`.', details) {
    super(message, over({ outcome: 'notSent' }, details));
  }
}
/** The session's state rules out the result. */
export class InvalidStateError extends JulesError {}
/** The session has failed, and `throwOnFailure` is set. */
export class AutomatedSessionFailedError extends JulesError {
  constructor(message = 'The session has failed.', details) {
    super(message, over({ sessionId: '' }, details));
  }
}
/** The WebAssembly could not be loaded. Nothing was sent. */
export class JulesLoadError extends JulesError {
  constructor(message, details) {
    super(message, over({ outcome: 'notSent' }, details));
  }
}
/** A file of a patch cannot be applied to the given content. */
export class PatchError extends JulesError {
  constructor(message, details) {
    super(message, over({ path: '', reason: 'mismatch' }, details));
  }
}
/** The journal of a batch cannot be read or written, or another process uses it. */
export class JulesJournalError extends JulesError {}
/** A function of an auto-pilot has thrown, or has returned something else than an answer. */
export class AutopilotError extends JulesError {
  constructor(message, details) {
    super(message, over({ sessionId: '' }, details));
  }
}
/** A bug of this package. */
export class JulesInternalError extends JulesError {}

/**
 * The classes by their names, which are written out since a minifier may rename classes, and the codes of their errors. Users create
 * errors of the base class; those of the core with its code are of the class that follows.
 */
const NAMED = {
  JulesError: [JulesError, 'internal_error'],
  JulesInternalError: [JulesInternalError, 'internal_error'],
  JulesApiError: [JulesApiError, 'api_error'],
  JulesAuthenticationError: [JulesAuthenticationError, 'authentication_failed'],
  JulesRateLimitError: [JulesRateLimitError, 'rate_limited'],
  JulesNetworkError: [JulesNetworkError, 'network_error'],
  TimeoutError: [TimeoutError, 'timeout'],
  AbortError: [AbortError, 'aborted'],
  ClientClosedError: [ClientClosedError, 'client_closed'],
  MissingApiKeyError: [MissingApiKeyError, 'missing_api_key'],
  SourceNotFoundError: [SourceNotFoundError, 'source_not_found'],
  InvalidStateError: [InvalidStateError, 'invalid_state'],
  AutomatedSessionFailedError: [AutomatedSessionFailedError, 'session_failed'],
  JulesUnknownOutcomeError: [JulesUnknownOutcomeError, 'unknown_outcome'],
  JulesDecodeError: [JulesDecodeError, 'decode_error'],
  InvalidArgumentError: [InvalidArgumentError, 'invalid_argument'],
  JulesBatchError: [JulesBatchError, 'batch_failed'],
  JulesJournalError: [JulesJournalError, 'journal_failed'],
  AutopilotError: [AutopilotError, 'autopilot_failed'],
  JulesLoadError: [JulesLoadError, 'load_failed'],
  PatchError: [PatchError, 'patch_failed'],
};

/** The class of each code. */
const CLASSES = {};

const brandOf = (name) => Symbol.for(`jules-wasm.${name}`);
const hide = ({ prototype }, name, value) => Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
for (const [name, [Class, code]] of Object.entries(NAMED)) {
  hide(Class, 'name', name);
  hide(Class, 'code', code);
  hide(Class, brandOf(name), true);
  hide(Class, brandOf('JulesError'), true);
  brands.set(Class, brandOf(name));
  CLASSES[code] = Class;
}

/** An `InvalidArgumentError`. `problem` is a predicate about `field`. */
export function invalid(field, problem) {
  return new InvalidArgumentError(`${field}: ${problem}. No request was sent.`, { field });
}

/** Converts error data that the core threw in a call with `options`. Other values are returned unchanged. */
export function toError(thrown, options) {
  if (thrown instanceof Error || !Object.hasOwn(CLASSES, thrown?.code ?? '')) return thrown;
  const { message, cause, failure, ...details } = thrown;
  for (const name in details) if (details[name] === undefined) delete details[name];
  // What the service and the caller have sent comes as JSON text.
  for (const name of ['details', 'request']) if (details[name] !== undefined) details[name] = JSON.parse(details[name]);
  if (failure) details.cause = toError(failure);
  else if (details.code === 'autopilot_failed') details.cause = options?.autopilot?.failures?.get(details.sessionId);
  else if (details.code === 'aborted') details.cause = options?.signal?.reason;
  else if (cause) details.cause = Object.assign(new Error(cause.message), cause);
  return new CLASSES[details.code](message, details);
}
