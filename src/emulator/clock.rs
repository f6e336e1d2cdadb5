//! A clock that stands still, for tests that take no time.

use super::message::{Request, Response};
use super::route::Operation;
use super::service::Emulator;
use crate::core::time::Timestamp;
use std::collections::BTreeMap;

/// How many looks are remembered. Forgetting costs one more look at the same thing.
const REMEMBERED: usize = 4096;

/// A clock that moves only when it is told to, or when somebody waits.
///
/// A client waits by looking again and again. So, with `auto_advance`, a look at a session, at its activities or at the
/// list of sessions that would find what the look before it found moves the clock to when the next thing happens
/// ([`Emulator::next_change`]), and finds that: each look of a wait is one step of a script, however long the step is.
/// Where nothing happens by itself, as while a plan waits for approval, the clock stands still.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    now: Timestamp,
    auto_advance: bool,
    /// How things stood at the last look, by what was looked at.
    seen: BTreeMap<String, Timestamp>,
}

impl VirtualClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp, auto_advance: bool) -> Self {
        Self { now: start, auto_advance, seen: BTreeMap::new() }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets time pass.
    pub fn advance(&mut self, millis: u64) {
        self.now = self.now.plus_millis(i64::try_from(millis).unwrap_or(i64::MAX));
    }

    /// Passes a request on to the emulator, and moves the clock if the client waits. An answer that comes late then
    /// comes at once, with the clock as much later.
    pub fn handle(&mut self, emulator: &mut Emulator, request: &Request) -> Response {
        if !self.auto_advance {
            return emulator.handle(self.now, request);
        }
        let look = Operation::parse(&request.method, &request.target).ok().map(|(operation, _)| operation);
        let look = look.filter(Operation::is_look);
        let found = look.as_ref().map(|look| emulator.last_change(look));
        if found.is_some_and(|found| self.seen.get(&request.target) == Some(&found)) {
            self.move_on(emulator);
        }
        let response = emulator.handle(self.now, request);
        // What went wrong was no look; the client will try again to see what it has not seen.
        if let Some(look) = look.filter(|_| response.transport.is_none() && matches!(response.status, 200 | 404)) {
            if self.seen.len() >= REMEMBERED {
                self.seen.clear();
            }
            self.seen.insert(request.target.clone(), emulator.last_change(&look));
        }
        if response.is_over_quota() {
            self.move_on(emulator);
        }
        self.advance(response.delay_ms);
        Response { delay_ms: 0, ..response }
    }

    fn move_on(&mut self, emulator: &Emulator) {
        if let Some(next) = emulator.next_change() {
            self.now = self.now.max(next);
        }
    }
}
