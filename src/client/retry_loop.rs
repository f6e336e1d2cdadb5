//! The only loop that sends a request again.

use std::cell::Cell;

use futures_util::future::LocalBoxFuture;

use crate::core::error::Error;
use crate::core::options::RateLimitRetry;
use crate::core::outcome::Failure;
use crate::core::outcome::policy::{self, Standing};
use crate::core::outcome::throttle::{RetryBudget, Retrying};

/// A failed attempt.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) failure: Failure,
    pub(crate) error: Error,
    /// When it ended, by the host's clock.
    pub(crate) at: i64,
    /// Milliseconds from then that must pass before the next attempt.
    pub(crate) least_delay_ms: u64,
}

/// An attempt of a retry loop.
pub(crate) struct Attempt<'a> {
    /// Its number, from 1.
    pub(crate) number: u32,
    retrying: Option<&'a Retrying<'a>>,
}

impl Attempt<'_> {
    /// The attempt waits for other requests, which may have to be retried: it must not be what they wait for.
    pub(crate) fn waits_for_others(&self) {
        if let Some(retrying) = self.retrying {
            retrying.give_up_probe();
        }
    }
}

/// The parameters of a retry loop.
pub(crate) struct Retry<'a> {
    pub(crate) policy: &'a RateLimitRetry,
    pub(crate) budget: &'a RetryBudget,
    /// Whether the client has received any response.
    pub(crate) has_contact: &'a Cell<bool>,
    /// The host's clock, in milliseconds.
    pub(crate) now: &'a dyn Fn() -> i64,
    /// A number in `0.0..1.0`.
    pub(crate) random: &'a dyn Fn() -> f64,
    /// Reports an error and the milliseconds until the next attempt.
    pub(crate) report: &'a dyn Fn(&Error, u64),
    /// Waits for milliseconds.
    pub(crate) sleep: &'a dyn Fn(u64) -> LocalBoxFuture<'a, ()>,
}

/// Calls `inner` with each attempt until it succeeds, or the policy allows no further attempt.
pub(crate) async fn retry_loop<T>(
    retry: &Retry<'_>,
    mut inner: impl AsyncFnMut(Attempt<'_>) -> Result<T, Failed>,
) -> Result<T, Error> {
    retry.budget.first_attempt();
    let mut attempts = Attempts { retry, started_at: (retry.now)(), number: 1, retrying: None };
    loop {
        match inner(Attempt { number: attempts.number, retrying: attempts.retrying.as_ref() }).await {
            Ok(value) => {
                retry.budget.success();
                return Ok(value);
            }
            Err(failed) => attempts.wait_for_next(failed).await?,
        }
    }
}

/// The attempts of a retry loop, apart from what they do, so that this is compiled once.
struct Attempts<'a, 'b> {
    retry: &'a Retry<'b>,
    started_at: i64,
    /// The number of the current attempt, from 1.
    number: u32,
    /// `Some` after the first failure.
    retrying: Option<Retrying<'a>>,
}

impl Attempts<'_, '_> {
    fn elapsed_ms(&self, since: i64) -> u64 {
        u64::try_from((self.retry.now)() - since).unwrap_or(0)
    }

    /// Waits until the next attempt. Fails if the policy allows none.
    ///
    /// After each delay one attempt is made, even if the window has ended meanwhile: after a suspension of the machine the service
    /// may be available again.
    async fn wait_for_next(&mut self, failed: Failed) -> Result<(), Error> {
        let Failed { mut failure, error, mut at, mut least_delay_ms } = failed;
        let Retry { policy, budget, has_contact, random, report, sleep, .. } = self.retry;
        self.retrying.get_or_insert_with(|| budget.retrying());
        loop {
            let standing = Standing {
                attempts: self.number,
                elapsed_ms: self.elapsed_ms(self.started_at),
                since_failure_ms: self.elapsed_ms(at),
                least_delay_ms,
                has_contact: has_contact.get(),
                random: random(),
            };
            let Some(delay) = policy::next_delay_ms(failure, policy, standing) else { return Err(error) };
            report(&error, delay);
            if let Some(retrying) = self.retrying.as_ref().filter(|_| delay > policy.max_delay_ms) {
                retrying.give_up_probe();
            }
            sleep(delay).await;
            // The delay is within the window. If it ended after the window, the machine was suspended.
            let was_suspended = self.elapsed_ms(self.started_at) > policy::window_ms(policy, has_contact.get());
            // Replication lag is not an outage.
            let is_free = failure == Failure::NotVisibleYet || was_suspended;
            if is_free || self.retrying.as_ref().is_none_or(Retrying::may_try) {
                self.number += 1;
                return Ok(());
            }
            // Full jitter may yield 0 ms; enforce a minimum to avoid spinning.
            sleep(policy.base_delay_ms.max(1)).await;
            // A Retry-After is obeyed once.
            if let Failure::Refused { retry_after_ms } = &mut failure {
                *retry_after_ms = None;
            }
            (at, least_delay_ms) = ((self.retry.now)(), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::error::ErrorKind;
    use futures::FutureExt;

    struct Clock {
        now: Cell<i64>,
        slept: Cell<u64>,
    }

    impl Clock {
        async fn sleep(&self, millis: u64) {
            self.now.set(self.now.get() + i64::try_from(millis).unwrap());
        }
    }

    /// Runs the loop over attempts that fail like this, each taking no time. Returns the result and the time of its end.
    fn run(failures: &[Failure], has_contact: bool) -> (Result<u32, Error>, i64) {
        let clock = Clock { now: Cell::new(0), slept: Cell::new(0) };
        let policy = RateLimitRetry { max_retry_time_ms: 60_000, base_delay_ms: 1_000, max_delay_ms: 8_000 };
        let (budget, has_contact) = (RetryBudget::default(), Cell::new(has_contact));
        let retry = Retry {
            policy: &policy,
            budget: &budget,
            has_contact: &has_contact,
            now: &|| clock.now.get(),
            random: &|| 1.0,
            report: &|_, delay| clock.slept.set(clock.slept.get() + delay),
            sleep: &|millis| Box::pin(clock.sleep(millis)),
        };
        let attempt = async |Attempt { number, .. }: Attempt<'_>| match failures.get(number as usize - 1) {
            None => Ok(number),
            Some(failure) => {
                let error = Error::new(ErrorKind::Network, format!("attempt {number}"));
                Err(Failed { failure: *failure, error, at: clock.now.get(), least_delay_ms: 0 })
            }
        };
        let result = retry_loop(&retry, attempt).now_or_never().unwrap();
        (result, clock.now.get())
    }

    #[test]
    fn an_attempt_follows_each_delay_until_one_succeeds() {
        let (result, at) = run(&[Failure::NotSent, Failure::Ambiguous], true);
        assert_eq!((result.unwrap(), at), (3, 1_000 + 2_000));
    }

    #[test]
    fn a_delay_in_which_the_machine_was_suspended_is_followed_by_an_attempt() {
        // Also while another call probes whether the service is available.
        for has_probe in [false, true] {
            let now = Cell::new(0);
            let policy = RateLimitRetry { max_retry_time_ms: 60_000, base_delay_ms: 1_000, max_delay_ms: 8_000 };
            let (budget, has_contact) = (RetryBudget::default(), Cell::new(true));
            let others = [budget.retrying(), budget.retrying()];
            if has_probe {
                assert!(others[0].may_try(), "it is the probe");
                while others[1].may_try() {}
            }
            let (now_ms, random) = (|| now.get(), || 1.0);
            let retry = Retry {
                policy: &policy,
                budget: &budget,
                has_contact: &has_contact,
                now: &now_ms,
                random: &random,
                report: &|_, _| (),
                sleep: &|_| Box::pin(async { now.set(now.get() + 3_600_000) }),
            };
            let attempt = async |attempt: Attempt<'_>| match attempt.number {
                1 => {
                    let error = Error::new(ErrorKind::Network, "no network");
                    Err(Failed { failure: Failure::Ambiguous, error, at: now.get(), least_delay_ms: 0 })
                }
                number => Ok(number),
            };
            assert_eq!(retry_loop(&retry, attempt).now_or_never().unwrap().unwrap(), 2);
        }
    }

    #[test]
    fn the_last_error_is_returned_when_no_attempt_is_allowed() {
        for (failure, attempts) in [(Failure::Final, 1), (Failure::Unreadable, 3)] {
            let (result, _) = run(&[failure; 9], true);
            assert_eq!(result.unwrap_err().message, format!("attempt {attempts}"), "{failure:?}");
        }
    }

    #[test]
    fn the_window_bounds_all_attempts() {
        let (result, at) = run(&[Failure::NotSent; 99], true);
        assert!(result.is_err() && (50_000..60_000).contains(&at), "{at}");
        let (result, at) = run(&[Failure::NotSent; 99], false);
        assert!(result.is_err() && at < 15_000, "{at}");
    }
}
