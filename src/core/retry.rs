//! When a request is sent again: the one rule, for every request of the client.
//!
//! It goes by what is known of the request's effect. What was not sent or was refused may be sent again, whatever the
//! method. What may have been carried out is sent again only where doing it twice is doing it once (GET, DELETE): the
//! service knows no idempotency keys, and a session that is made twice is paid for twice.

use super::error::{Effect, Error};
use super::http::FetchError;
use super::options::RateLimitRetry;
use super::text;

/// What came of one attempt that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The request did not leave, or never reached the service.
    NotSent,
    /// The service refuses for now: 429, or 503 with `Retry-After`.
    RefusedForNow {
        /// How long it asks to wait, in milliseconds, if it does.
        retry_after_ms: Option<u64>,
    },
    /// A session of this client's own making, just made, that the service does not find yet.
    NotThereYet,
    /// No answer, a part of one, or one that does not tell what was done: 5xx, a broken connection, a timeout.
    Unclear,
    /// An answer that says that all went well, but is no JSON, or not what was asked for. Most often something else answers
    /// at this address.
    Unreadable,
    /// The service refuses for good.
    Refused,
    /// What was asked with cannot give an answer, now or later: an address that is none, a `fetch` that gives no response.
    /// With what is known of the request's effect.
    Futile(Effect),
}

impl Failure {
    /// What an answer with an error status means.
    pub fn of_status(status: u16, retry_after_ms: Option<u64>, just_made: bool) -> Self {
        match status {
            429 => Self::RefusedForNow { retry_after_ms },
            503 if retry_after_ms.is_some() => Self::RefusedForNow { retry_after_ms },
            404 if just_made => Self::NotThereYet,
            // 499 is how Google writes that a request was cancelled on its way; what lies between uses 520 and on, which are in no
            // standard, for an answer that it did not get in time, or at all.
            408 | 499 | 500 | 502..=504 | 520..=599 => Self::Unclear,
            _ => Self::Refused,
        }
    }

    /// The same, once the time is over that the service asked for. It is waited out once, however long it takes after that
    /// until it is this call's turn to try.
    pub fn rested(self) -> Self {
        match self {
            Self::RefusedForNow { .. } => Self::RefusedForNow { retry_after_ms: None },
            other => other,
        }
    }

    /// What is known of the request's effect on the service.
    pub fn effect(self) -> Effect {
        match self {
            Self::NotSent => Effect::NotSent,
            Self::RefusedForNow { .. } | Self::NotThereYet | Self::Refused => Effect::Refused,
            Self::Unclear | Self::Unreadable => Effect::Unknown,
            Self::Futile(effect) => effect,
        }
    }

    /// Whether the same request may go well later.
    pub fn may_pass(self) -> bool {
        !matches!(self, Self::Refused | Self::Futile(_))
    }
}

/// The codes by which runtimes tell that no connection came about, so that nothing was sent.
const NOT_SENT_CODES: [&str; 8] = [
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EADDRNOTAVAIL",
    "UND_ERR_CONNECT_TIMEOUT",
    "ConnectionRefused",
];

/// What stands before the same codes if it was a connection that had come about, on which the network went away.
const CONNECTED_WORDS: [&str; 2] = ["read E", "write E"];

/// The code by which a host tells that what `fetch` gave is no response.
pub const NO_RESPONSE: &str = "ERR_NO_RESPONSE";

/// The code by which Node and Bun tell that an address is none; the others have only words for it.
const INVALID_URL: &str = "ERR_INVALID_URL";
const INVALID_URL_WORDS: [&str; 2] = ["Failed to parse URL", "Invalid URL"];

/// What a request that got no answer means, by the system's code, where the runtime tells one. Browsers tell none.
pub fn failure_of(error: &FetchError) -> Failure {
    let says = |words: &&str| text::split_once(&error.message, words).is_some();
    match error.code.as_deref() {
        Some(NO_RESPONSE) => Failure::Futile(Effect::Unknown),
        _ if error.answered => Failure::Unclear,
        Some(INVALID_URL) => Failure::Futile(Effect::NotSent),
        _ if error.name == "TypeError" && INVALID_URL_WORDS.iter().any(says) => Failure::Futile(Effect::NotSent),
        Some(code) if NOT_SENT_CODES.contains(&code) && !CONNECTED_WORDS.iter().any(says) => Failure::NotSent,
        _ => Failure::Unclear,
    }
}

/// After so many attempts an answer that cannot be read is told: a wrong address does not get better with time.
const MOST_UNREADABLE: u32 = 3;

/// Where a request stands when one of its attempts has failed.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Whether doing it twice is doing it once.
    pub idempotent: bool,
    /// How many attempts have been made.
    pub attempts: u32,
    /// Milliseconds since the first attempt began.
    pub elapsed_ms: u64,
    /// A number in `0.0..1.0`, for the jitter.
    pub random: f64,
}

/// How many milliseconds to wait before the next attempt; `None` if there is to be none.
///
/// Full jitter: a random share of a bound that doubles with every attempt. `Retry-After` is a lower bound, with up to
/// a base delay added so that many callers do not come back at one instant; one that reaches beyond the time left ends
/// the attempts at once.
pub fn next_attempt_ms(failure: Failure, policy: &RateLimitRetry, standing: Standing) -> Option<u64> {
    let asked = match failure {
        Failure::Refused | Failure::Futile(_) => return None,
        Failure::Unclear | Failure::Unreadable if !standing.idempotent => return None,
        Failure::Unreadable if standing.attempts >= MOST_UNREADABLE => return None,
        Failure::RefusedForNow { retry_after_ms } => retry_after_ms,
        Failure::NotSent | Failure::NotThereYet | Failure::Unclear | Failure::Unreadable => None,
    };
    let wait = match asked {
        Some(asked) => asked.saturating_add(share(policy.base_delay_ms, standing.random)),
        None => {
            let doublings = standing.attempts.saturating_sub(1).min(20);
            let bound = policy.base_delay_ms.saturating_mul(1 << doublings).min(policy.max_delay_ms);
            share(bound, standing.random)
        }
    };
    let left = policy.max_retry_time_ms.saturating_sub(standing.elapsed_ms);
    (asked.unwrap_or(0).max(wait) < left).then_some(wait)
}

/// How many milliseconds the service asks to be left alone for; `None`, if it does not, or for longer than is waited for
/// anything: that is told instead.
pub fn rest_ms(error: &Error, policy: &RateLimitRetry) -> Option<u64> {
    error.retry_after_ms.filter(|asked| *asked < policy.max_retry_time_ms)
}

/// Whether a wait that has seen its session outlives an error which ended the attempts at one look: passing trouble,
/// unless the service asks to be left alone for longer than is waited for anything.
pub fn is_outlived(error: &Error, policy: &RateLimitRetry) -> bool {
    error.is_passing() && error.retry_after_ms.is_none_or(|asked| asked < policy.max_retry_time_ms)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a delay need not be exact, and `as` saturates"
)]
fn share(of: u64, random: f64) -> u64 {
    (of as f64 * random).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RateLimitRetry =
        RateLimitRetry { max_retry_time_ms: 60_000, base_delay_ms: 1000, max_delay_ms: 8000 };

    fn first(idempotent: bool) -> Standing {
        Standing { idempotent, attempts: 1, elapsed_ms: 0, random: 1.0 }
    }

    #[test]
    fn every_failure_has_one_rule_for_reading_and_one_for_writing() {
        let told = Failure::RefusedForNow { retry_after_ms: Some(2000) };
        let untold = Failure::RefusedForNow { retry_after_ms: None };
        for (failure, reading, writing) in [
            (Failure::NotSent, Some(1000), Some(1000)),
            (told, Some(3000), Some(3000)),
            (untold, Some(1000), Some(1000)),
            (Failure::NotThereYet, Some(1000), Some(1000)),
            (Failure::Unclear, Some(1000), None),
            (Failure::Unreadable, Some(1000), None),
            (Failure::Refused, None, None),
            (Failure::Futile(Effect::NotSent), None, None),
        ] {
            assert_eq!(next_attempt_ms(failure, &POLICY, first(true)), reading, "{failure:?}, reading");
            assert_eq!(next_attempt_ms(failure, &POLICY, first(false)), writing, "{failure:?}, writing");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_not_asked_for_again_and_again() {
        let wait = |attempts| next_attempt_ms(Failure::Unreadable, &POLICY, Standing { attempts, ..first(true) });
        assert_eq!([1, 2, 3].map(wait), [Some(1000), Some(2000), None]);
    }

    #[test]
    fn every_status_has_one_meaning() {
        let meaning = |status| Failure::of_status(status, None, false);
        for status in [408, 499, 500, 502, 503, 504, 520, 524, 530, 598] {
            assert_eq!(meaning(status), Failure::Unclear, "{status}");
        }
        for status in [302, 400, 401, 403, 404, 409, 501, 511] {
            assert_eq!(meaning(status), Failure::Refused, "{status}");
        }
        assert_eq!(meaning(429), Failure::RefusedForNow { retry_after_ms: None });
        assert_eq!(Failure::of_status(503, Some(1), false), Failure::RefusedForNow { retry_after_ms: Some(1) });
        assert_eq!(Failure::of_status(404, None, true), Failure::NotThereYet);
    }

    #[test]
    fn only_codes_of_a_failed_connection_say_that_nothing_was_sent() {
        let failure = |code: Option<&str>, answered| {
            failure_of(&FetchError { code: code.map(str::to_owned), answered, ..FetchError::default() })
        };
        assert_eq!(failure(Some("ECONNREFUSED"), false), Failure::NotSent);
        assert_eq!(failure(Some("ECONNREFUSED"), true), Failure::Unclear);
        assert_eq!(failure(Some("ECONNRESET"), false), Failure::Unclear);
        assert_eq!(failure(None, false), Failure::Unclear);
        let unreachable = |message: &str| {
            let code = Some("EHOSTUNREACH".to_owned());
            failure_of(&FetchError { message: message.to_owned(), code, ..FetchError::default() })
        };
        assert_eq!(unreachable("fetch failed (connect EHOSTUNREACH 10.0.0.1:443)"), Failure::NotSent);
        for call in ["read", "write"] {
            assert_eq!(
                unreachable(&format!("fetch failed ({call} EHOSTUNREACH)")),
                Failure::Unclear,
                "it was connected"
            );
        }
    }

    #[test]
    fn an_address_that_is_none_is_told_apart_from_trouble_on_the_way() {
        let failure = |name: &str, message: &str, code: Option<&str>| {
            failure_of(&FetchError {
                name: name.to_owned(),
                message: message.to_owned(),
                code: code.map(str::to_owned),
                ..FetchError::default()
            })
        };
        let not_sent = Failure::Futile(Effect::NotSent);
        assert_eq!(
            failure("TypeError", "Failed to parse URL from /x (Invalid URL)", Some("ERR_INVALID_URL")),
            not_sent
        );
        assert_eq!(
            failure("TypeError", "Failed to execute 'fetch': Failed to parse URL from http://[", None),
            not_sent
        );
        assert_eq!(failure("TypeError", "Invalid URL: '/x'", None), not_sent);
        assert_eq!(failure("TypeError", "Failed to fetch", None), Failure::Unclear);
        assert_eq!(failure("Error", "Invalid URL in the cache", None), Failure::Unclear);
        assert_eq!(failure("TypeError", "no Response", Some(NO_RESPONSE)), Failure::Futile(Effect::Unknown));
    }

    #[test]
    fn the_bound_doubles_up_to_the_largest_delay() {
        let wait = |attempts| next_attempt_ms(Failure::NotSent, &POLICY, Standing { attempts, ..first(true) });
        assert_eq!([1, 2, 3, 4, 5, 99].map(wait), [1000, 2000, 4000, 8000, 8000, 8000].map(Some));
    }

    #[test]
    fn the_wait_is_a_random_share_of_the_bound() {
        let wait = |random| next_attempt_ms(Failure::NotSent, &POLICY, Standing { random, attempts: 3, ..first(true) });
        assert_eq!([0.0, 0.25, 0.5].map(wait), [0, 1000, 2000].map(Some));
    }

    #[test]
    fn a_wait_beyond_the_time_left_ends_the_attempts_at_once() {
        let late = Standing { elapsed_ms: 59_500, ..first(true) };
        assert_eq!(next_attempt_ms(Failure::NotSent, &POLICY, late), None);
        let day = Failure::RefusedForNow { retry_after_ms: Some(86_400_000) };
        assert_eq!(next_attempt_ms(day, &POLICY, first(true)), None);
    }
}
