//! The retry policy: the number of attempts, their delays and the retry window.

use super::Failure;
use crate::core::error::Error;
use crate::core::options::RateLimitRetry;
use crate::planted::{Fault, planted};

/// The number of attempts for a response that cannot be read: a wrong URL does not improve with time.
const MOST_UNREADABLE: u32 = 3;

/// The retry window in milliseconds for network errors before the client's first response. Then a wrong URL, CORS, a proxy or
/// a missing network is more likely than a temporary outage.
const FIRST_CONTACT_MS: u64 = 15_000;

/// The state of a request after a failed attempt.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// The number of attempts so far.
    pub attempts: u32,
    /// Milliseconds since the first attempt began.
    pub elapsed_ms: u64,
    /// Milliseconds since the last attempt ended, which may have been spent on reconciling.
    pub since_failure_ms: u64,
    /// Milliseconds that must pass from then to the next attempt: reconciling takes time.
    pub least_delay_ms: u64,
    /// Whether the client has received any response before.
    pub has_contact: bool,
    /// A number in `0.0..1.0`, for the jitter.
    pub random: f64,
}

/// Milliseconds until the next attempt; `None` if there is none.
///
/// Full jitter: a random part of a bound that doubles with every attempt. `Retry-After` is a lower bound that counts from the
/// response, plus a random part of the base delay, so that many callers do not return at the same time. A `Retry-After` beyond
/// the retry window ends the attempts immediately.
pub fn next_delay_ms(failure: Failure, policy: &RateLimitRetry, standing: Standing) -> Option<u64> {
    let retry_after_ms = match failure {
        Failure::Final | Failure::TooLarge | Failure::Permanent { .. } => return None,
        Failure::Unreadable if standing.attempts >= MOST_UNREADABLE => return None,
        Failure::Refused { retry_after_ms } => retry_after_ms.filter(|_| !planted(Fault::RetryAfterIgnored)),
        Failure::NotSent | Failure::NotVisibleYet | Failure::Ambiguous | Failure::Unreadable => None,
    };
    let delay = match retry_after_ms {
        Some(asked) => asked.saturating_add(share(policy.base_delay_ms, standing.random)),
        None => share(backoff_ms(policy, standing.attempts), standing.random),
    };
    let left = delay.max(standing.least_delay_ms).saturating_sub(standing.since_failure_ms);
    let is_network = matches!(failure, Failure::NotSent | Failure::Ambiguous);
    let window = window_ms(policy, standing.has_contact || !is_network);
    if planted(Fault::NoTimeBudget) {
        return Some(left.min(window.max(30_000)));
    }
    let reaches_to = standing.elapsed_ms.saturating_add(left);
    (reaches_to < window && retry_after_ms.is_none_or(|asked| asked < window)).then_some(left)
}

/// The bound of the delay after this many attempts.
fn backoff_ms(policy: &RateLimitRetry, attempts: u32) -> u64 {
    let doublings = attempts.saturating_sub(1).min(20);
    policy.base_delay_ms.saturating_mul(1 << doublings).min(policy.max_delay_ms)
}

/// Milliseconds from the first attempt within which a request is sent again.
pub fn window_ms(policy: &RateLimitRetry, has_contact: bool) -> u64 {
    if has_contact { policy.max_retry_time_ms } else { policy.max_retry_time_ms.min(FIRST_CONTACT_MS) }
}

/// Milliseconds for which polls are throttled after this error; `None` if the service does not ask for it, or asks for longer
/// than the retry window. Then the caller gets the error.
pub fn throttled_ms(error: &Error, policy: &RateLimitRetry) -> Option<u64> {
    error.retry_after_ms.filter(|asked| *asked < policy.max_retry_time_ms)
}

/// Whether a wait that has seen its session continues after this error, which has ended the attempts of one poll.
pub fn is_transient(error: &Error, policy: &RateLimitRetry) -> bool {
    error.is_transient() && error.retry_after_ms.is_none_or(|asked| asked < policy.max_retry_time_ms)
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

    const FIRST: Standing =
        Standing { attempts: 1, elapsed_ms: 0, since_failure_ms: 0, least_delay_ms: 0, has_contact: true, random: 1.0 };

    fn delay(failure: Failure, standing: Standing) -> Option<u64> {
        next_delay_ms(failure, &POLICY, standing)
    }

    #[test]
    fn every_failure_has_one_rule() {
        for (failure, expected) in [
            (Failure::NotSent, Some(1000)),
            (Failure::Refused { retry_after_ms: Some(2000) }, Some(3000)),
            (Failure::Refused { retry_after_ms: None }, Some(1000)),
            (Failure::NotVisibleYet, Some(1000)),
            (Failure::Ambiguous, Some(1000)),
            (Failure::Unreadable, Some(1000)),
            (Failure::Final, None),
            (Failure::TooLarge, None),
            (Failure::Permanent { not_sent: true }, None),
            (Failure::Permanent { not_sent: false }, None),
        ] {
            assert_eq!(delay(failure, FIRST), expected, "{failure:?}");
        }
    }

    #[test]
    fn a_response_that_cannot_be_read_is_requested_three_times() {
        let delays = [1, 2, 3].map(|attempts| delay(Failure::Unreadable, Standing { attempts, ..FIRST }));
        assert_eq!(delays, [Some(1000), Some(2000), None]);
    }

    #[test]
    fn the_bound_doubles_up_to_the_largest_delay() {
        let delays = [1, 2, 3, 4, 5, 99].map(|attempts| delay(Failure::NotSent, Standing { attempts, ..FIRST }));
        assert_eq!(delays, [1000, 2000, 4000, 8000, 8000, 8000].map(Some));
    }

    #[test]
    fn the_delay_is_a_random_share_of_the_bound() {
        let delays = [0.0, 0.25, 0.5].map(|random| delay(Failure::NotSent, Standing { random, attempts: 3, ..FIRST }));
        assert_eq!(delays, [0, 1000, 2000].map(Some));
    }

    #[test]
    fn a_delay_beyond_the_window_ends_the_attempts() {
        assert_eq!(delay(Failure::NotSent, Standing { elapsed_ms: 59_500, ..FIRST }), None);
        assert_eq!(delay(Failure::Refused { retry_after_ms: Some(86_400_000) }, FIRST), None);
    }

    #[test]
    fn time_spent_on_reconciling_counts_as_delay() {
        let after = |since_failure_ms| {
            let failure = Failure::Refused { retry_after_ms: Some(5000) };
            delay(failure, Standing { since_failure_ms, elapsed_ms: since_failure_ms, ..FIRST })
        };
        assert_eq!([0, 4000, 7000].map(after), [Some(6000), Some(2000), Some(0)]);
    }

    #[test]
    fn a_request_that_is_reconciled_first_is_retried_within_the_window_too() {
        let refused = Failure::Refused { retry_after_ms: None };
        let standing = |elapsed_ms| Standing { least_delay_ms: 7000, elapsed_ms, ..FIRST };
        assert_eq!(
            [0, 52_000, 53_000].map(|elapsed| delay(refused, standing(elapsed))),
            [Some(7000), Some(7000), None]
        );
    }

    #[test]
    fn network_errors_before_any_response_end_within_seconds() {
        let late = |has_contact| Standing { elapsed_ms: 14_500, has_contact, ..FIRST };
        for failure in [Failure::NotSent, Failure::Ambiguous] {
            assert_eq!([true, false].map(|contact| delay(failure, late(contact))), [Some(1000), None], "{failure:?}");
        }
        assert_eq!(
            delay(Failure::Refused { retry_after_ms: None }, late(false)),
            Some(1000),
            "a refusal is a response"
        );
    }
}
