//! Calls of a caller: their bounds, and how they end early.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

use crate::callers::Caller;
use crate::host::{CallFuture, SimulatedHost};
use crate::random::Random;
use crate::world::World;
use futures::future::{AbortHandle, Either, join, select};
use jules_wasm::client::{Bounds, Client, Ending};
use jules_wasm::core::error::Error;
use jules_wasm::core::options::Limits;

/// The bounds of a call.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallBounds {
    pub timeout_ms: Option<u64>,
    /// When it is aborted.
    pub abort: Option<Moment>,
    /// The longest time after which a POST of the call is carried out.
    pub carried_out_within_ms: Option<u64>,
    /// The process ends before the call.
    pub process_end: Option<ProcessEnd>,
}

/// A moment of a call.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// After it has sent this many requests.
    pub requests: usize,
    /// The time from then.
    pub after_ms: u64,
}

impl Moment {
    /// A time after its beginning.
    pub fn after(after_ms: u64) -> Self {
        Self { requests: 0, after_ms }
    }

    /// Around one of its first requests.
    pub fn around_request(random: &Random, most: u64) -> Self {
        let requests = usize::try_from(random.between(0, most)).unwrap();
        Self { requests, after_ms: random.between(0, 150) }
    }

    async fn of_call(self, world: &World, number: usize) {
        let has_sent = |_: &mut Context<'_>| match world.calls.borrow()[number].requests_sent() >= self.requests {
            true => Poll::Ready(()),
            false => Poll::Pending,
        };
        poll_fn(has_sent).await;
        world.time.sleep(self.after_ms).await;
    }
}

/// The end of a process during a call.
#[derive(Debug, Clone, Copy)]
pub enum ProcessEnd {
    /// It is killed.
    Killed(Moment),
    /// Its client is closed after this time, with this timeout.
    Closed { after_ms: u64, timeout_ms: Option<u64> },
}

impl Caller {
    /// Makes a call, possibly aborts it, and records its end.
    pub async fn call<T>(
        &self,
        client: usize,
        what: &str,
        within: CallBounds,
        work: impl AsyncFnOnce(Client<SimulatedHost>) -> Result<T, Error>,
    ) -> (usize, Result<T, Error>) {
        self.call_watching(client, what, within, None, work).await
    }

    /// The same for a call that polls a session, since a time.
    pub async fn call_watching<T>(
        &self,
        client: usize,
        what: &str,
        within: CallBounds,
        watches: Option<(&str, i64)>,
        work: impl AsyncFnOnce(Client<SimulatedHost>) -> Result<T, Error>,
    ) -> (usize, Result<T, Error>) {
        let (call, result) = self.call_in_process(client, what, within, watches, work).await;
        (call, result.expect("a call whose process is not killed"))
    }

    /// The same for a call whose process may end. `None`: it was killed.
    pub async fn call_in_process<T>(
        &self,
        client: usize,
        what: &str,
        within: CallBounds,
        watches: Option<(&str, i64)>,
        work: impl AsyncFnOnce(Client<SimulatedHost>) -> Result<T, Error>,
    ) -> (usize, Option<Result<T, Error>>) {
        let world = &*self.world;
        let number = world.begin_call(client, what, within.timeout_ms);
        let (is_operation, ending) = {
            let mut calls = world.calls.borrow_mut();
            let call = &mut calls[number];
            call.carried_out_within_ms = within.carried_out_within_ms;
            call.watches = watches.map(|(session, since_ms)| (session.to_owned(), since_ms));
            (call.is_operation(), if call.is_tick() { Ending::ByItself } else { Ending::AtOnce })
        };
        let (handle, registration) = AbortHandle::new_pair();
        let limits = Limits { timeout_ms: within.timeout_ms };
        let bounds = Bounds { limits, abort: Some(registration), is_operation, ending, ..Bounds::default() };
        let caller = self.processes.client(client).for_call();
        // A client's names of calls are static. Those of a simulation are few kilobytes.
        let title = what.to_owned().leak();
        let work = Box::pin(caller.bounded(bounds, title, work(caller.clone())));
        let work = CallFuture { world, number, work };
        let work = async {
            let result = match within.abort {
                None => work.await,
                Some(moment) => match select(work, pin!(moment.of_call(world, number))).await {
                    Either::Left((result, _)) => result,
                    Either::Right(((), work)) => {
                        world.abort_call(number);
                        handle.abort();
                        work.await
                    }
                },
            };
            world.end_call(number, result.as_ref().err());
            result
        };
        let result = match within.process_end {
            None => Some(work.await),
            Some(ProcessEnd::Killed(moment)) => {
                match select(Box::pin(work), pin!(moment.of_call(world, number))).await {
                    Either::Left((result, _)) => Some(result),
                    Either::Right(_) => None,
                }
            }
            Some(ProcessEnd::Closed { after_ms, timeout_ms }) => {
                let close = async {
                    world.time.sleep(after_ms).await;
                    self.close(client, timeout_ms).await;
                };
                Some(join(work, close).await.0)
            }
        };
        match &result {
            Some(result) => self.check_found(client, number, result.as_ref().err()),
            None => world.kill_call(number),
        }
        (number, result)
    }

    /// Another client cannot know that the session is new, and an outage can be longer than all retries.
    fn check_found(&self, client: usize, number: usize, error: Option<&Error>) {
        let begun_ms = self.world.calls.borrow()[number].begun_ms;
        let is_soon = self.world.now_ms() - begun_ms < 60_000;
        let is_not_found = error.is_some_and(|error| error.status == Some(404));
        if client == self.me && is_soon && is_not_found && !self.world.was_refused_since(client, begun_ms - 1_000) {
            self.world.violates("a session is found by the client that has just created it", format!("call {number}"));
        }
    }
}
