//! Decides when failing polls end the wait of a subscriber that has seen its session.
//!
//! A single failure does not prove much: gateways respond with HTML, and the systems that check keys and permissions have
//! outages too. So transient failures never end a wait, and permanent ones only after several polls and seconds.

use super::error::{Error, ErrorKind};
use super::options::RateLimitRetry;
use super::outcome::policy;
use crate::planted::{Fault, planted};

/// The consecutive failures of polls of the same resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailureStreak {
    /// The number of permanent failures. Transient ones in between neither count nor end the streak.
    count: u32,
    /// The time of the first of these, by the monotonic clock.
    since_ms: i64,
}

/// How many failures, and for how long, end a wait.
struct Limit {
    failures: u32,
    millis: i64,
}

/// Unreadable responses come from another server at this address, such as the login page of a network. Each of these failures
/// has had three attempts.
const UNREADABLE: Limit = Limit { failures: 3, millis: 10_000 };

/// Refusals (401, 403, 404 and the like) are usually right, but a wrong one would end a wait of hours.
const REFUSED: Limit = Limit { failures: 5, millis: 20_000 };

/// Errors that are not from the service: polling again does not change them.
const FINAL: Limit = Limit { failures: 1, millis: 0 };

impl FailureStreak {
    /// Counts a failure that was seen at `now_ms`. Returns whether it ends the wait.
    pub fn ends_with(&mut self, error: &Error, policy: &RateLimitRetry, now_ms: i64) -> bool {
        let Some(limit) = limit(error, policy) else { return false };
        if self.count == 0 {
            self.since_ms = now_ms;
        }
        self.count = self.count.saturating_add(1);
        self.count >= limit.failures && now_ms.saturating_sub(self.since_ms) >= limit.millis
    }

    /// The next permanent failure ends the wait, since it is expected.
    pub fn exhaust(&mut self) {
        *self = Self { count: u32::MAX, since_ms: i64::MIN };
    }

    /// A poll has succeeded.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Whether the failure is transient, and its `Retry-After` is within the retry window.
pub fn is_transient(error: &Error, policy: &RateLimitRetry) -> bool {
    error.kind != ErrorKind::Decode && policy::is_transient(error, policy)
}

/// `None` if the error never ends a wait.
fn limit(error: &Error, policy: &RateLimitRetry) -> Option<Limit> {
    match error.kind {
        ErrorKind::Decode => Some(UNREADABLE),
        _ if is_transient(error, policy) => None,
        // Here a `retry_after_ms` is beyond the retry window, so that error is final.
        _ if error.status.is_some() && error.retry_after_ms.is_none() => {
            Some(if planted(Fault::HastyRefusal) { FINAL } else { REFUSED })
        }
        _ => Some(FINAL),
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::Effect;
    use super::super::options::Options;
    use super::*;

    fn answered(kind: ErrorKind, status: u16) -> Error {
        let mut error = Error::new(kind, "");
        (error.status, error.outcome, error.retryable) = (Some(status), Some(Effect::Refused), Some(false));
        error
    }

    fn transient() -> Error {
        let mut error = Error::new(ErrorKind::Network, "");
        (error.outcome, error.retryable) = (Some(Effect::Unknown), Some(true));
        error
    }

    fn retry_after(millis: u64) -> Error {
        let mut error = answered(ErrorKind::RateLimit, 429);
        error.retry_after_ms = Some(millis);
        error
    }

    /// The number of the poll that ends the wait, if all polls, `interval_ms` apart, fail with `error`.
    fn ends_at(error: &Error, interval_ms: i64) -> Option<i64> {
        let policy = Options::default().config.rate_limit_retry;
        let mut streak = FailureStreak::default();
        (0..100).find(|poll| streak.ends_with(error, &policy, 7_000 + poll * interval_ms))
    }

    #[test]
    fn every_kind_of_failure_ends_a_wait_by_its_own_limit() {
        for (what, error, polls_5_s_apart, polls_1_s_apart, polls_60_s_apart) in [
            ("transient", transient(), None, None, None),
            ("rate limit", answered(ErrorKind::RateLimit, 429), None, None, None),
            ("short Retry-After", retry_after(60_000), None, None, None),
            ("long Retry-After", retry_after(3_600_000), Some(0), Some(0), Some(0)),
            ("unreadable", answered(ErrorKind::Decode, 200), Some(2), Some(10), Some(2)),
            ("wrong key", answered(ErrorKind::Authentication, 401), Some(4), Some(20), Some(4)),
            ("no access", answered(ErrorKind::Authentication, 403), Some(4), Some(20), Some(4)),
            ("not found", answered(ErrorKind::Api, 404), Some(4), Some(20), Some(4)),
            ("redirect", answered(ErrorKind::Api, 302), Some(4), Some(20), Some(4)),
            ("no key", Error::new(ErrorKind::MissingApiKey, ""), Some(0), Some(0), Some(0)),
        ] {
            let ended = [5_000, 1_000, 60_000].map(|interval_ms| ends_at(&error, interval_ms));
            assert_eq!(ended, [polls_5_s_apart, polls_1_s_apart, polls_60_s_apart], "{what}");
        }
    }

    #[test]
    fn a_success_resets_the_streak_and_a_transient_failure_does_not_change_it() {
        let policy = Options::default().config.rate_limit_retry;
        let refused = answered(ErrorKind::Authentication, 403);
        let mut streak = FailureStreak::default();
        let mut fails = |error: &Error, now_s: i64| streak.ends_with(error, &policy, now_s * 1000);
        assert!((0..4).all(|poll| !fails(&refused, poll * 5)));
        assert!((4..99).all(|poll| !fails(&transient(), poll * 5)));
        assert!(fails(&refused, 500));
        streak.reset();
        let mut fails = |error: &Error, now_s: i64| streak.ends_with(error, &policy, now_s * 1000);
        assert!((0..4).all(|poll| !fails(&refused, 505 + poll * 5)));
    }

    #[test]
    fn an_expected_failure_ends_the_wait_immediately_unless_it_is_transient() {
        let policy = Options::default().config.rate_limit_retry;
        let mut streak = FailureStreak::default();
        streak.exhaust();
        assert!(!streak.ends_with(&transient(), &policy, 0));
        assert!(streak.ends_with(&answered(ErrorKind::Api, 404), &policy, 0));
    }

    #[test]
    fn failures_of_both_kinds_are_one_streak() {
        let policy = Options::default().config.rate_limit_retry;
        let mut streak = FailureStreak::default();
        let (refused, unreadable) = (answered(ErrorKind::Api, 302), answered(ErrorKind::Decode, 200));
        let ends = [(&refused, 0), (&unreadable, 5_000), (&refused, 10_000), (&unreadable, 15_000)]
            .map(|(error, now_ms)| streak.ends_with(error, &policy, now_ms));
        assert_eq!(ends, [false, false, false, true]);
    }
}
