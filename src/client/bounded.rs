//! Deadlines and aborts, for every call alike: the work is dropped, and with it its request and its timers.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use futures_util::future::{AbortRegistration, Abortable, Either, select};

use super::Client;
use crate::core::error::{Effect, Error, ErrorKind};
use crate::core::options::Limits;
use crate::host::Host;

/// What bounds one call.
#[derive(Debug, Default)]
pub struct Bounds {
    /// The time allowed.
    pub limits: Limits,
    /// The time that the caller gave, if a part of it is over; for words.
    pub whole_ms: Option<u64>,
    /// Fires when the caller's signal is aborted.
    pub abort: Option<AbortRegistration>,
    /// Whether the work makes something on the service: then it is not begun when no time is left, and it is told whether
    /// it may have been done when it is cut short.
    pub makes_something: bool,
}

impl Bounds {
    /// Whether the work may as well be done without.
    pub fn are_none(&self) -> bool {
        self.limits.timeout_ms.is_none() && self.abort.is_none() && !self.makes_something
    }
}

impl<H: Host> Client<H> {
    /// Does `work` within `bounds`. `what` begins the sentences that tell of its end, such as "result()".
    pub async fn bounded<T>(
        &self,
        bounds: Bounds,
        what: &str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let makes_something = bounds.makes_something;
        // Begun without time, it would be sent and dropped at once: made, paid for, and known to nobody.
        let begins = !makes_something || bounds.limits.timeout_ms != Some(0);
        let effect = Cell::new(Effect::NotSent);
        let mut work = pin!(work);
        // Calls take turns at being polled; what is sent while one is polled is its own.
        let work = poll_fn(|context| {
            if !begins {
                return Poll::Pending;
            }
            let of_others = self.effect().replace(effect.get());
            let polled = work.as_mut().poll(context);
            effect.set(self.effect().replace(of_others));
            polled
        });
        let in_time = self.in_time(&bounds.limits, bounds.whole_ms, what, work);
        let result = match bounds.abort {
            None => in_time.await,
            Some(registration) => Abortable::new(in_time, registration).await.unwrap_or_else(|_| {
                let message = format!("{what} was aborted by its signal. Nothing more is sent for it.");
                Err(Error::new(ErrorKind::Abort, message))
            }),
        };
        result.map_err(|mut error| {
            if makes_something && matches!(error.kind, ErrorKind::Abort | ErrorKind::Timeout) {
                error.outcome = Some(effect.get());
                error.message.push_str(match effect.get() {
                    Effect::NotSent | Effect::Refused => " No session was made and no message sent.",
                    Effect::Unknown => " What it was sending may have been carried out: look before you repeat it.",
                    Effect::Done => " Its message was sent; only the answer is missing. Do not send it again.",
                });
            }
            error
        })
    }

    async fn in_time<T>(
        &self,
        limits: &Limits,
        whole_ms: Option<u64>,
        what: &str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let Some(timeout_ms) = limits.timeout_ms else { return work.await };
        match select(pin!(work), pin!(self.host().sleep(timeout_ms))).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!(
                    "{what} was not done within {} ms (timeoutMs). What runs on the service goes on.",
                    whole_ms.unwrap_or(timeout_ms)
                ),
            )),
        }
    }
}
