//! Classifies failed requests.

use crate::core::error::Effect;
use crate::core::http::FetchError;
use crate::core::text;
use crate::planted::{Fault, planted};

/// The meaning of a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The request did not reach the service. A retry may help.
    NotSent,
    /// The service or a proxy refused the request for now: 429, or 503 with `Retry-After`. It is unknown whether the service may
    /// respond so after it has carried out the request, so this does not prove that nothing was done.
    Refused {
        /// The delay that the response asks for, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// 404 of a session that this process has just created: replication lag.
    NotVisibleYet,
    /// No response, an incomplete one, or one that does not show what was done: 5xx, a lost connection, a timeout.
    Ambiguous,
    /// A success status with an invalid body, usually from another server at this URL.
    Unreadable,
    /// A success status with a body that is too large to read. A smaller page may be readable.
    TooLarge,
    /// The service refused the request permanently.
    Final,
    /// The request cannot succeed by waiting: an invalid request, a certificate, a missing permission, a `fetch` that resolves
    /// with something else than a response.
    Permanent {
        /// Whether it is certain that the request did not reach the service.
        not_sent: bool,
    },
}

impl Failure {
    /// Classifies an error status. `is_young`: the request concerns a session that this process has just created.
    pub fn of_status(status: u16, retry_after_ms: Option<u64>, is_young: bool) -> Self {
        match status {
            429 => Self::Refused { retry_after_ms },
            503 if retry_after_ms.is_some() => Self::Refused { retry_after_ms },
            404 if is_young && !planted(Fault::YoungNotFound) => Self::NotVisibleYet,
            // 499: Google's status for a cancelled request. 520 to 599: not standardised; proxies use them if they got no
            // response.
            408 | 499 | 500 | 502..=504 | 520..=599 => Self::Ambiguous,
            _ if planted(Fault::PermanentRetried) => Self::Refused { retry_after_ms: None },
            _ => Self::Final,
        }
    }

    /// Classifies a rejection of `fetch`. Node and Bun have the same codes; Deno has only messages; browsers and workerd do not
    /// distinguish failures (all measured).
    pub fn of_fetch(error: &FetchError) -> Self {
        let code = error.code.as_deref().unwrap_or_default();
        let says = |words: &[&str]| words.iter().any(|words| text::split_once(&error.message, words).is_some());
        let is_one_of = |codes: &[&str]| codes.contains(&code);
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| code.starts_with(prefix));
        if code == NO_RESPONSE {
            return Self::Permanent { not_sent: false };
        }
        if error.answered {
            return Self::Ambiguous;
        }
        let is_permanent = error.unsendable
            || PERMISSION_NAMES.contains(&error.name.as_str())
            || is_one_of(&PERMANENT_CODES)
            || begins(&CERTIFICATE_PREFIXES)
            || says(&PERMANENT_WORDS);
        if is_permanent {
            return Self::Permanent { not_sent: true };
        }
        // The same codes are used for established connections that are lost.
        let was_connected = says(&CONNECTED_WORDS);
        if error.thrown || says(&CONNECTING_WORDS) || (is_one_of(&NOT_SENT_CODES) && !was_connected) {
            return Self::NotSent;
        }
        Self::Ambiguous
    }

    /// Whether a request that is not idempotent was carried out.
    pub fn effect(self) -> Effect {
        match self {
            Self::NotSent | Self::Permanent { not_sent: true } => Effect::NotSent,
            Self::NotVisibleYet | Self::Final => Effect::Refused,
            Self::Refused { .. }
            | Self::Ambiguous
            | Self::Unreadable
            | Self::TooLarge
            | Self::Permanent { not_sent: false } => Effect::Unknown,
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(self) -> bool {
        !matches!(self, Self::Final | Self::TooLarge | Self::Permanent { .. })
    }
}

/// The code by which a host reports that `fetch` did not resolve with a response.
pub const NO_RESPONSE: &str = "ERR_NO_RESPONSE";

/// The error names by which Deno reports that it was not given the permission (`PermissionDenied` before Deno 2).
const PERMISSION_NAMES: [&str; 2] = ["NotCapable", "PermissionDenied"];

/// Codes of requests that cannot be sent at all.
const PERMANENT_CODES: [&str; 6] = [
    "ERR_ACCESS_DENIED",
    "ERR_INVALID_URL",
    "ERR_INVALID_ARG_VALUE",
    "ERR_INVALID_CHAR",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
];

/// Prefixes of the codes of certificate and TLS failures. The handshake precedes the request.
const CERTIFICATE_PREFIXES: [&str; 5] = ["CERT_", "UNABLE_TO_", "ERR_TLS_", "ERR_SSL_", "HOSTNAME_MISMATCH"];

/// The same in words, where a runtime reports no code: Deno's certificates, an invalid URL, a port or scheme that `fetch` blocks.
const PERMANENT_WORDS: [&str; 7] = [
    "invalid peer certificate",
    "Failed to parse URL",
    "Invalid URL",
    "URL is invalid",
    "bad port",
    "unknown scheme",
    "are blocked",
];

/// Codes of failures to connect.
const NOT_SENT_CODES: [&str; 10] = [
    "ECONNREFUSED",
    "ConnectionRefused",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENETDOWN",
    "EADDRNOTAVAIL",
    "EPROTO",
    "UND_ERR_CONNECT_TIMEOUT",
];

/// The system calls that precede a connection, as Node's messages name them, Deno's word for the same, and undici's for a proxy that
/// opens no tunnel.
const CONNECTING_WORDS: [&str; 5] = [
    "connect E",
    "getaddrinfo E",
    "client error (Connect)",
    "before secure TLS connection was established",
    "when HTTP Tunneling",
];

/// The system calls of an established connection.
const CONNECTED_WORDS: [&str; 2] = ["read E", "write E"];

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: Failure = Failure::Refused { retry_after_ms: None };
    const PERMANENT: Failure = Failure::Permanent { not_sent: true };

    #[test]
    fn every_status_has_one_meaning() {
        for (statuses, failure) in [
            (&[408, 499, 500, 502, 503, 504, 520, 524, 530, 598][..], Failure::Ambiguous),
            (&[0, 302, 304, 400, 401, 403, 404, 409, 412, 501, 511], Failure::Final),
            (&[429], REFUSED),
        ] {
            for status in statuses {
                assert_eq!(Failure::of_status(*status, None, false), failure, "{status}");
            }
        }
        assert_eq!(Failure::of_status(503, Some(1), false), Failure::Refused { retry_after_ms: Some(1) });
        assert_eq!(Failure::of_status(404, None, true), Failure::NotVisibleYet);
    }

    #[test]
    fn every_failure_says_what_is_known_of_a_request_that_is_not_idempotent() {
        for (failure, effect, is_retryable) in [
            (Failure::NotSent, Effect::NotSent, true),
            (REFUSED, Effect::Unknown, true),
            (Failure::NotVisibleYet, Effect::Refused, true),
            (Failure::Ambiguous, Effect::Unknown, true),
            (Failure::Unreadable, Effect::Unknown, true),
            (Failure::TooLarge, Effect::Unknown, false),
            (Failure::Final, Effect::Refused, false),
            (PERMANENT, Effect::NotSent, false),
            (Failure::Permanent { not_sent: false }, Effect::Unknown, false),
        ] {
            assert_eq!((failure.effect(), failure.is_retryable()), (effect, is_retryable), "{failure:?}");
        }
    }

    fn rejection(name: &str, message: &str, code: &str) -> Failure {
        let code = Some(code.to_owned()).filter(|code| !code.is_empty());
        let (name, message) = (name.to_owned(), message.to_owned());
        Failure::of_fetch(&FetchError { name, message, code, ..FetchError::default() })
    }

    #[test]
    fn every_rejection_of_the_runtimes_has_one_meaning() {
        use Failure::{Ambiguous, NotSent};
        const FAILED: &str = "fetch failed";
        const TYPE: &str = "TypeError";
        for (failure, name, message, code) in [
            // Node and Bun.
            (NotSent, TYPE, "fetch failed (getaddrinfo ENOTFOUND host)", "ENOTFOUND"),
            (NotSent, TYPE, "fetch failed (getaddrinfo EAI_AGAIN host)", "EAI_AGAIN"),
            (NotSent, TYPE, "fetch failed (connect ECONNREFUSED 10.0.0.1:443)", "ECONNREFUSED"),
            (NotSent, TYPE, "fetch failed (connect EHOSTUNREACH 10.0.0.1:443)", "EHOSTUNREACH"),
            (NotSent, TYPE, "fetch failed (connect ETIMEDOUT 10.0.0.1:443)", "ETIMEDOUT"),
            (NotSent, TYPE, "fetch failed (Connect Timeout Error)", "UND_ERR_CONNECT_TIMEOUT"),
            (
                NotSent,
                TYPE,
                "fetch failed (Client network socket disconnected before secure TLS connection was established)",
                "ECONNRESET",
            ),
            (NotSent, "Error", "Unable to connect. Is the computer able to access the url?", "ConnectionRefused"),
            (Ambiguous, TYPE, "fetch failed (read EHOSTUNREACH)", "EHOSTUNREACH"),
            (Ambiguous, TYPE, "fetch failed (write EHOSTUNREACH)", "EHOSTUNREACH"),
            (Ambiguous, TYPE, "fetch failed (read ECONNRESET)", "ECONNRESET"),
            (Ambiguous, TYPE, "fetch failed (other side closed)", "UND_ERR_SOCKET"),
            (Ambiguous, TYPE, FAILED, "UND_ERR_HEADERS_TIMEOUT"),
            (PERMANENT, TYPE, "fetch failed (self-signed certificate)", "DEPTH_ZERO_SELF_SIGNED_CERT"),
            (PERMANENT, TYPE, FAILED, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
            (PERMANENT, TYPE, FAILED, "CERT_HAS_EXPIRED"),
            (PERMANENT, TYPE, FAILED, "ERR_TLS_CERT_ALTNAME_INVALID"),
            (PERMANENT, TYPE, FAILED, "ERR_SSL_WRONG_VERSION_NUMBER"),
            (
                PERMANENT,
                TYPE,
                "fetch failed (connect ERR_ACCESS_DENIED Access to this API has been restricted.)",
                "ERR_ACCESS_DENIED",
            ),
            (PERMANENT, TYPE, "Failed to parse URL from /x (Invalid URL)", "ERR_INVALID_URL"),
            (PERMANENT, TYPE, "fetch failed (bad port)", ""),
            (PERMANENT, TYPE, "fetch failed (unknown scheme)", ""),
            (NotSent, TYPE, "fetch failed (Proxy response (407) !== 200 when HTTP Tunneling)", "UND_ERR_ABORTED"),
            // Deno.
            (
                NotSent,
                TYPE,
                "fetch failed (error sending request for url (https://h/): client error (Connect): dns error)",
                "",
            ),
            (
                Ambiguous,
                TYPE,
                "fetch failed (error sending request: client error (SendRequest): connection closed)",
                "",
            ),
            (PERMANENT, TYPE, "fetch failed (client error (Connect): invalid peer certificate: UnknownIssuer)", ""),
            (PERMANENT, "NotCapable", "Requires net access to \"h:443\", run again with the --allow-net flag", ""),
            // Browsers and workerd.
            (Ambiguous, TYPE, "Failed to fetch", ""),
            (Ambiguous, TYPE, "NetworkError when attempting to fetch resource.", ""),
            (Ambiguous, TYPE, "Load failed", ""),
            (Ambiguous, "Error", "Network connection lost.", ""),
            (Ambiguous, "Error", "internal error; reference = 1", ""),
        ] {
            assert_eq!(rejection(name, message, code), failure, "{name} {message} {code}");
        }
    }

    #[test]
    fn a_fetch_that_throws_or_a_request_that_cannot_be_made_is_not_sent() {
        let thrown = FetchError { thrown: true, ..FetchError::default() };
        let unsendable = FetchError { unsendable: true, ..FetchError::default() };
        assert_eq!([thrown, unsendable].map(|error| Failure::of_fetch(&error)), [Failure::NotSent, PERMANENT]);
    }

    #[test]
    fn an_answer_that_broke_off_was_sent_whatever_the_code_says() {
        for code in ["ECONNREFUSED", "CERT_HAS_EXPIRED"] {
            let error = FetchError { code: Some(code.to_owned()), answered: true, ..FetchError::default() };
            assert_eq!(Failure::of_fetch(&error), Failure::Ambiguous);
        }
        let error = FetchError { code: Some(NO_RESPONSE.to_owned()), ..FetchError::default() };
        assert_eq!(Failure::of_fetch(&error), Failure::Permanent { not_sent: false });
    }
}
