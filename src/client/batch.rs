//! Many things to do, a few at a time.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::pin::pin;
use std::task::{Context, Poll};

use futures_util::future::{AbortRegistration, Abortable, FutureExt, LocalBoxFuture, poll_fn};

use super::Client;
use crate::core::error::Error;
use crate::core::fields::Fields;
use crate::core::options::Limits;
use crate::host::Host;
use crate::planted::{Fault, planted};

/// How a batch is worked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOptions {
    /// How many are under way at once. Default 4: of ten creates at once the service was seen to refuse eight.
    pub concurrency: u64,
    /// Whether the first failure keeps those that are not begun from beginning. Default true.
    pub stop_on_error: bool,
    /// Milliseconds to wait before each but the first. Default 0.
    pub delay_ms: u64,
    /// Milliseconds that all of it may take. `None`: as long as it takes. What is not begun by then is not to begin.
    pub timeout_ms: Option<u64>,
}

/// By how much a runtime's timer can be early by its own clock: so little is no time left.
const EARLY_MS: u64 = 1;

impl BatchOptions {
    /// Takes a batch's options out of a call's options.
    pub fn take(fields: &mut Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            concurrency: fields.count("concurrency", 1)?.unwrap_or(4),
            stop_on_error: fields.boolean("stopOnError")?.unwrap_or(true),
            delay_ms: fields.number("delayMs", 0)?.unwrap_or(0),
            timeout_ms: Limits::take(fields)?.timeout_ms,
        })
    }

    /// Milliseconds that are left of the time when so many have passed.
    fn left_ms(&self, passed: i64) -> Option<u64> {
        let left = self.timeout_ms?.saturating_sub(u64::try_from(passed).unwrap_or(0));
        Some(if left > EARLY_MS { left } else { 0 })
    }
}

impl<H: Host> Client<H> {
    /// Does `task` for each of `0..count`, with the milliseconds that are left of the time of all; with none left it is to
    /// fail and to begin nothing, as [`Client::bounded`] does. The results are in the order of the items; `None` for those
    /// that were not begun because of a failure. What is under way when one fails is awaited, so that nothing that was
    /// made is lost. Once it is aborted nobody waits before the next any more; that this begins nothing is up to `task`.
    pub async fn batch<T, E, F: Future<Output = Result<T, E>>>(
        &self,
        count: usize,
        options: &BatchOptions,
        abort: Option<AbortRegistration>,
        task: impl Fn(usize, Option<u64>) -> F,
    ) -> Vec<Option<Result<T, E>>> {
        let start = self.poller_now();
        let left = || options.left_ms(self.poller_now() - start);
        let next = Cell::new(0);
        let stopped = Cell::new(false);
        let hurries = &Cell::new(false);
        let pause = |millis: u64| async move {
            let mut sleep = pin!(self.host().sleep(millis));
            poll_fn(|context| if hurries.get() { Poll::Ready(()) } else { sleep.as_mut().poll(context) }).await;
        };
        let results = RefCell::new((0..count).map(|_| None).collect::<Vec<_>>());
        let worker = || async {
            while !stopped.get() && next.get() < count {
                let index = next.replace(next.get() + 1);
                // Not beyond the time of all: the items that are left fail then.
                let delay_ms = options.delay_ms.min(left().unwrap_or(u64::MAX));
                if index > 0 && delay_ms > 0 {
                    pause(delay_ms).await;
                    if stopped.get() {
                        break;
                    }
                }
                let result = task(index, left()).await;
                stopped.set(stopped.get() || (options.stop_on_error && result.is_err()));
                if let Some(place) = results.borrow_mut().get_mut(index) {
                    *place = Some(result);
                }
            }
        };
        let workers = usize::try_from(options.concurrency).unwrap_or(usize::MAX).min(count);
        let workers = (0..workers).map(|_| -> LocalBoxFuture<'_, ()> { Box::pin(worker()) }).collect();
        let mut aborted = abort.map(|registration| Abortable::new(pending::<()>(), registration));
        all(workers, |context| {
            if aborted.as_mut().is_some_and(|aborted| aborted.poll_unpin(context).is_ready()) {
                aborted = None;
                hurries.set(true);
            }
        })
        .await;
        results.into_inner()
    }
}

/// Awaits all of a few futures, and looks `first` at something else. The library's own is made for thousands, and costs
/// several kilobytes in wasm.
async fn all(mut futures: Vec<LocalBoxFuture<'_, ()>>, mut first: impl FnMut(&mut Context<'_>)) {
    poll_fn(|context| {
        first(context);
        let before = futures.len();
        futures.retain_mut(|future| future.poll_unpin(context).is_pending());
        if futures.is_empty() || planted(Fault::LostSibling) && futures.len() < before {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}
