//! The host of clients in a schedule.

use std::future::{Future, pending};
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::dates::DateHeader;
use crate::faults::Delivery;
use crate::support::KEY;
use crate::support::delivery::End;
use crate::world::{Sender, World};
use jules_wasm::core::http::{FetchError, Request, Response};
use jules_wasm::host::{Host, LogLevel};
use serde_json::Value;

/// A request in flight. After its sender drops it, it may or may not still reach the service.
struct RequestFuture<'a> {
    world: &'a World,
    client: usize,
    number: usize,
    dies_with_sender: bool,
    ended: bool,
}

impl Drop for RequestFuture<'_> {
    fn drop(&mut self) {
        self.world.land(self.client, self.number, !self.ended && self.dies_with_sender);
    }
}

/// The host of one client.
#[derive(Clone)]
pub struct SimulatedHost {
    pub world: Rc<World>,
    pub sender: Sender,
    /// The `Date` headers of its responses.
    pub dates: DateHeader,
    /// The initial offset of the local clock, which all clients of a process share.
    pub ahead_ms: i64,
    /// Its drift per mille.
    pub drift: i64,
    /// When its page is hidden.
    pub hidden_ms: Range<i64>,
}

impl SimulatedHost {
    /// Milliseconds since the start at this local time, or one less.
    pub fn world_ms(&self, local: i64) -> i64 {
        (local - self.world.start().as_millis() - self.ahead_ms) * 1000 / (1000 + self.drift) - 1
    }
}

impl Host for SimulatedHost {
    type Json = Value;

    async fn fetch(&self, request: &Request) -> Result<Response<Value>, FetchError> {
        let world = &*self.world;
        let (number, call, lot) = world.send(self.sender, request);
        let sent_ms = world.now_ms();
        let Delivery { end_ms, end, dies_with_sender, .. } = lot;
        let mut flight = RequestFuture { world, client: self.sender.client, number, dies_with_sender, ended: false };
        world.time.sleep(end_ms).await;
        let answer = world.take_answer(number);
        let end = match (end, answer) {
            (End::Instead(response), _) | (End::Answer, Some(response)) => Ok(response),
            (End::Cut(bytes), Some(mut response)) => {
                // A refusal without a reason could not be distinguished from a plain refusal.
                if response.status == 200 {
                    response = response.cut(bytes);
                }
                Ok(response)
            }
            (End::Error(error), _) => Err(error),
            (End::Silence, _) => pending().await,
            (End::Answer | End::Cut(_), None) => panic!("an answer of a service that was not reached"),
        };
        flight.ended = true;
        let end = end.map(|response| self.dates.stamp(response, world.now()));
        world.learn(self.sender, call, (number, sent_ms), request, &end);
        end.map(|answer| answer.received(request))
    }

    async fn sleep(&self, millis: u64) {
        self.world.time.sleep(millis).await;
    }

    fn now(&self) -> i64 {
        let gained = self.world.now_ms() * self.drift / 1000;
        self.world.time.now_ms() + self.ahead_ms + gained
    }

    fn wall_clock_ms(&self) -> i64 {
        self.now()
    }

    fn random(&self) -> f64 {
        self.world.random.fraction()
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn is_hidden(&self) -> bool {
        self.hidden_ms.contains(&self.world.now_ms())
    }

    async fn shown(&self) {
        let left = u64::try_from(self.hidden_ms.end - self.world.now_ms()).unwrap_or(0);
        self.world.time.sleep(left).await;
    }

    fn log(&self, _level: LogLevel, message: &dyn Fn() -> String) {
        let line = message();
        if line.contains(KEY) {
            self.world.violates("the key stands in no line of the log", line);
        }
    }
}

/// The future of a call: requests that are sent while it is polled belong to it.
pub struct CallFuture<'a, F> {
    pub world: &'a World,
    pub number: usize,
    pub work: Pin<Box<F>>,
}

impl<F: Future> Future for CallFuture<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let outer = self.world.current.replace(Some(self.number));
        let polled = self.work.as_mut().poll(context);
        self.world.current.set(outer);
        polled
    }
}
