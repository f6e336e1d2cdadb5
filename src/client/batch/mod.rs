//! Batches: many items, a limited number at a time.

mod account_list;
mod ids;
mod item;
mod journalled;
mod port;
mod recovery;
mod resume;
mod tick;
mod tick_create;
mod tick_read;

pub use journalled::JournalledOptions;
pub use port::{BatchPort, Settled};
pub use tick::{TickOptions, TickPort};

use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::pin::pin;
use std::task::{Context, Poll};

use futures_util::future::{AbortRegistration, Abortable, FutureExt, LocalBoxFuture, poll_fn};

use super::Client;
use super::semaphore::Semaphore;
use crate::core::json_view::JsonView;
use crate::core::options::CONCURRENCY;
use crate::host::Host;
use crate::planted::{Fault, planted};

/// The options of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOptions {
    /// The largest number of items in progress. Default [`CONCURRENCY`].
    pub concurrency: u64,
    /// The largest number of sessions of the batch that run. `None`: no limit.
    pub max_running: Option<u64>,
    /// Whether no further item is started after the first failure. Default true.
    pub stop_on_error: bool,
    /// Milliseconds to wait before each item except the first. Default 0.
    pub delay_ms: u64,
    /// Milliseconds for the whole batch, after which no item is started. `None`: no timeout.
    pub timeout_ms: Option<u64>,
}

/// Timers of runtimes may fire this much early by the same runtime's clock. A remaining time as short as this counts as none.
const EARLY_MS: u64 = 1;

impl BatchOptions {
    /// Reads the options of a batch of the façade.
    pub fn read(given: &impl JsonView) -> Self {
        Self {
            concurrency: given.get("concurrency").number().unwrap_or(CONCURRENCY),
            max_running: given.get("maxRunning").number(),
            stop_on_error: given.get("stopOnError").flag().unwrap_or(true),
            delay_ms: given.get("delayMs").number().unwrap_or(0),
            timeout_ms: given.get("timeoutMs").number(),
        }
    }

    /// The remaining milliseconds after `passed` milliseconds.
    fn left_ms(&self, passed: i64) -> Option<u64> {
        let left = self.timeout_ms?.saturating_sub(u64::try_from(passed).unwrap_or(0));
        Some(if left > EARLY_MS { left } else { 0 })
    }
}

impl<H: Host> Client<H> {
    /// The same as [`Client::batch_of_sessions`] for items without sessions.
    pub async fn batch<T, E, F: Future<Output = Result<T, E>>>(
        &self,
        count: usize,
        options: &BatchOptions,
        abort: Option<AbortRegistration>,
        task: impl Fn(usize, Option<u64>) -> F,
    ) -> Vec<Option<Result<T, E>>> {
        self.batch_of_sessions(count, options, abort, task, |_| None).await
    }

    /// Runs `task` for each of `0..count`, with the remaining milliseconds of the batch. With none left `task` must fail without
    /// starting anything, as [`Client::bounded`] does. The results are in the order of the items, with `None` for items that
    /// were not started because of a failure. Items in progress during a failure are awaited, so that no created session is
    /// lost. After an abort there are no more delays; it is up to `task` not to start anything. `session` is the id of an item's
    /// session, whose end is awaited before a further item is started if the limit of running sessions is reached.
    pub async fn batch_of_sessions<T, E, F: Future<Output = Result<T, E>>>(
        &self,
        count: usize,
        options: &BatchOptions,
        abort: Option<AbortRegistration>,
        task: impl Fn(usize, Option<u64>) -> F,
        session: impl Fn(&T) -> Option<String>,
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
        let creates = Semaphore::new(options.concurrency);
        // Resolves when the session has ended or cannot be waited for, or if no further item will be started.
        let ended = |id: Option<String>| async {
            let Some(id) = id else { return };
            let mut wait = pin!(self.poll_until(&id, None, None));
            let mut late = pin!(self.host().sleep(left().unwrap_or(u64::MAX)));
            poll_fn(|context| {
                let is_last = stopped.get() || hurries.get() || next.get() >= count;
                if is_last || (options.timeout_ms.is_some() && late.as_mut().poll(context).is_ready()) {
                    return Poll::Ready(());
                }
                wait.as_mut().poll(context).map(drop)
            })
            .await;
        };
        let results = RefCell::new((0..count).map(|_| None).collect::<Vec<_>>());
        let worker = || async {
            while !stopped.get() && next.get() < count {
                let index = next.replace(next.get() + 1);
                // The delay ends with the timeout of the batch, at which the remaining items fail.
                let delay_ms = options.delay_ms.min(left().unwrap_or(u64::MAX));
                if index > 0 && delay_ms > 0 {
                    pause(delay_ms).await;
                    if stopped.get() {
                        break;
                    }
                }
                let permit = creates.acquire().await;
                let result = task(index, left()).await;
                drop(permit);
                let id = result.as_ref().ok().and_then(&session).filter(|_| options.max_running.is_some());
                stopped.set(stopped.get() || (options.stop_on_error && result.is_err()));
                if let Some(place) = results.borrow_mut().get_mut(index) {
                    *place = Some(result);
                }
                ended(id).await;
            }
        };
        let workers = options.max_running.unwrap_or(options.concurrency);
        let workers = usize::try_from(workers).unwrap_or(usize::MAX).min(count);
        let workers = (0..workers).map(|_| -> LocalBoxFuture<'_, ()> { Box::pin(worker()) }).collect();
        let mut aborted = abort.map(|registration| Abortable::new(pending::<()>(), registration));
        all(workers, |context| {
            if aborted.as_mut().is_some_and(|aborted| aborted.poll_unpin(context).is_ready()) {
                aborted = None;
                hurries.set(true);
            }
            if self.is_closed() {
                hurries.set(true);
                stopped.set(true);
            }
        })
        .await;
        results.into_inner()
    }
}

/// Awaits a few futures, and calls `first` before each poll. Each poll polls all of them, unlike `FuturesUnordered`: what `first` sets
/// may end what any of them waits for.
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
