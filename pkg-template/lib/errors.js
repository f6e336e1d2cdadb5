// The error classes. The core tells errors as plain data, because wasm cannot extend Error; here they get their class.

/** The brand of each class of this package. */
const brands = new Map();

/**
 * `instanceof` by brand, so that it holds across copies of this file, such as those of `import` and `require`. A class that a
 * user has derived has no brand, and goes by its prototype like any other.
 */
function isInstance(value) {
  const brand = brands.get(this);
  if (brand === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
  return typeof value === 'object' && value !== null && brand in value;
}

/** The ancestor of all errors of this package. A few extend a class of the language, and have its brand all the same. */
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

/** Gives an error its details, over the code of its class. The cause is not enumerable, as in the language's own errors. */
function describe(error, given) {
  const { cause, ...details } = given ?? {};
  Object.assign(error, { code: error.code }, details);
  if (cause !== undefined) Object.defineProperty(error, 'cause', { value: cause, writable: true, configurable: true });
}

function toJSON(error) {
  const { name, message } = error;
  return { name, message, ...error };
}

/** An argument or an option that cannot be right; `field` names it. Also a TypeError. Nothing was sent. */
export class InvalidArgumentError extends TypeError {
  static [Symbol.hasInstance](value) {
    return isInstance.call(this, value);
  }

  constructor(message, details) {
    super(message);
    describe(this, { field: '', ...details });
  }

  toJSON() {
    return toJSON(this);
  }
}

/** Some of a batch failed. Also an AggregateError. Holds every session that was made, and every failure. */
export class JulesBatchError extends AggregateError {
  static [Symbol.hasInstance](value) {
    return isInstance.call(this, value);
  }

  constructor(message, details) {
    const { failures = [] } = details ?? {};
    super(failures.map(({ error }) => error), message);
    describe(this, { failures, sessions: [], ...details });
  }

  toJSON() {
    return toJSON(this);
  }
}

/** What is told of every request; for errors that somebody makes, since the core tells it all. */
const REQUEST = { method: 'GET', url: '', outcome: 'unknown', retryable: false, attempts: 0 };

/** The service answered with an error. */
export class JulesApiError extends JulesError {
  constructor(message, details) {
    super(message, { ...REQUEST, status: 0, statusText: '', ...details });
  }
}
/** The service refused the key (401) or the access (403). */
export class JulesAuthenticationError extends JulesApiError {}
/** Too many requests, or too many sessions (429). */
export class JulesRateLimitError extends JulesApiError {}
/** The service does not know the repository, or the branch. */
export class SourceNotFoundError extends JulesApiError {}
/** An answer that cannot be read. */
export class JulesDecodeError extends JulesApiError {}
/** It is not known whether a session was made or a message was sent, and looking did not tell. */
export class JulesUnknownOutcomeError extends JulesError {
  constructor(message, details) {
    super(message, { ...REQUEST, request: {}, candidates: [], ...details });
  }
}
/** No answer, or only a part of one. */
export class JulesNetworkError extends JulesError {
  constructor(message, details) {
    super(message, { ...REQUEST, ...details });
  }
}
/** The time that the caller gave is over. */
export class TimeoutError extends JulesError {}
/** The caller's signal was aborted; `cause` is what kept failing, else the signal's reason. */
export class AbortError extends JulesError {}
/** There is no API key. */
export class MissingApiKeyError extends JulesError {}
/** The session is not in a state in which this can be done. */
export class InvalidStateError extends JulesError {}
/** The session failed, and the caller asked to have that thrown. */
export class AutomatedSessionFailedError extends JulesError {
  constructor(message, details) {
    super(message, { sessionId: '', ...details });
  }
}
/** The WebAssembly could not be loaded, so nothing was sent. */
export class JulesLoadError extends JulesError {
  constructor(message, details) {
    super(message, { outcome: 'notSent', ...details });
  }
}
/** A fault of this package. */
export class JulesInternalError extends JulesError {}

/** The class of each code that the core tells, and of the façade's own. */
const CLASSES = {
  api_error: JulesApiError,
  authentication_failed: JulesAuthenticationError,
  rate_limited: JulesRateLimitError,
  network_error: JulesNetworkError,
  timeout: TimeoutError,
  aborted: AbortError,
  missing_api_key: MissingApiKeyError,
  source_not_found: SourceNotFoundError,
  invalid_state: InvalidStateError,
  session_failed: AutomatedSessionFailedError,
  unknown_outcome: JulesUnknownOutcomeError,
  decode_error: JulesDecodeError,
  invalid_argument: InvalidArgumentError,
  batch_failed: JulesBatchError,
  load_failed: JulesLoadError,
  internal_error: JulesInternalError,
};

// Names are written out: a minifier may rename classes, and programs and people read them.
const NAMES = {
  JulesError, InvalidArgumentError, JulesBatchError, JulesApiError, JulesAuthenticationError, JulesRateLimitError,
  SourceNotFoundError, JulesDecodeError, JulesNetworkError, TimeoutError, AbortError, MissingApiKeyError,
  InvalidStateError, AutomatedSessionFailedError, JulesLoadError, JulesInternalError, JulesUnknownOutcomeError,
};

const brandOf = (name) => Symbol.for(`jules-wasm.${name}`);
const hide = ({ prototype }, name, value) => Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
for (const [name, Class] of Object.entries(NAMES)) {
  hide(Class, 'name', name);
  hide(Class, brandOf(name), true);
  hide(Class, brandOf('JulesError'), true);
  brands.set(Class, brandOf(name));
}
// What is nothing else is as good as a fault of this package.
hide(JulesError, 'code', 'internal_error');
for (const [code, Class] of Object.entries(CLASSES)) hide(Class, 'code', code);

/** An argument or an option that cannot be right: `problem` says of `field` what is wrong. */
export function invalid(field, problem) {
  return new InvalidArgumentError(`${field}: ${problem}. No request was sent.`, { field });
}

/** An error of what the core threw in a call with `options`; anything else stays what it is. */
export function toError(thrown, options) {
  if (typeof thrown?.kind !== 'string' || thrown instanceof Error) return thrown;
  const { kind, message, cause, failure, ...details } = thrown;
  if (failure) details.cause = toError(failure);
  else if (kind === 'abort') details.cause = options?.signal?.reason;
  else if (cause) details.cause = Object.assign(new Error(cause.message), cause);
  return new CLASSES[details.code](message, details);
}
