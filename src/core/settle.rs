//! What to do when it is not known whether the service carried a request out: for how long to look, and whether the
//! request may be repeated when nothing was found.

use super::error::{Effect, Error};
use super::options::RateLimitRetry;

/// What an answer, or its lack, says of a request whose effect is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aftermath {
    /// The service answered, so it is done with the request. It may have carried it out all the same: sessions were
    /// seen that were made although the answer was 400 `FAILED_PRECONDITION` (reported by others).
    Done,
    /// No answer, or that of somebody in between: the service may still be at work on it.
    MayBeAtWork,
}

/// Whether an error leaves its request's effect open, and how.
pub fn aftermath(error: &Error) -> Option<Aftermath> {
    match (error.outcome, error.status, error.rpc_status.as_deref()) {
        (Some(Effect::Unknown), Some(500 | 503), _) => Some(Aftermath::Done),
        (Some(Effect::Unknown), _, _) => Some(Aftermath::MayBeAtWork),
        (_, Some(400), Some("FAILED_PRECONDITION")) => Some(Aftermath::Done),
        _ => None,
    }
}

/// Milliseconds before each look. What was made can be late in the lists; what is still being made can take longer.
pub fn looks_ms(aftermath: Aftermath, policy: &RateLimitRetry) -> impl Iterator<Item = u64> {
    let factors: &[u64] = match aftermath {
        Aftermath::Done => &[0, 1, 2, 4],
        Aftermath::MayBeAtWork => &[0, 1, 2, 4, 8, 16, 30],
    };
    let (base, most) = (policy.base_delay_ms, policy.max_delay_ms);
    factors.iter().map(move |factor| factor.saturating_mul(base).min(most))
}

#[cfg(test)]
mod tests {
    use super::super::error::ErrorKind;
    use super::*;

    fn error(outcome: Effect, status: Option<u16>, rpc_status: Option<&str>) -> Error {
        let mut error = Error::new(ErrorKind::Api, "");
        (error.outcome, error.status, error.rpc_status) = (Some(outcome), status, rpc_status.map(str::to_owned));
        error
    }

    #[test]
    fn every_answer_says_whether_the_service_is_done() {
        let precondition = Some("FAILED_PRECONDITION");
        for (outcome, status, rpc_status, expected) in [
            (Effect::Unknown, Some(500), None, Some(Aftermath::Done)),
            (Effect::Unknown, Some(503), None, Some(Aftermath::Done)),
            (Effect::Unknown, Some(502), None, Some(Aftermath::MayBeAtWork)),
            (Effect::Unknown, Some(504), None, Some(Aftermath::MayBeAtWork)),
            (Effect::Unknown, Some(200), None, Some(Aftermath::MayBeAtWork)),
            (Effect::Unknown, None, None, Some(Aftermath::MayBeAtWork)),
            (Effect::Refused, Some(400), precondition, Some(Aftermath::Done)),
            (Effect::Refused, Some(400), Some("INVALID_ARGUMENT"), None),
            (Effect::Refused, Some(429), None, None),
            (Effect::NotSent, None, None, None),
        ] {
            assert_eq!(aftermath(&error(outcome, status, rpc_status)), expected, "{outcome:?} {status:?}");
        }
    }

    #[test]
    fn what_may_still_be_at_work_is_looked_for_longer() {
        let policy = RateLimitRetry { max_retry_time_ms: 0, base_delay_ms: 1000, max_delay_ms: 20_000 };
        let total = |aftermath| looks_ms(aftermath, &policy).sum::<u64>();
        assert_eq!((total(Aftermath::Done), total(Aftermath::MayBeAtWork)), (7_000, 51_000));
    }
}
