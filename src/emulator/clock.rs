//! A clock that stands still, for tests that take no time.

use super::message::{Request, Response};
use super::route::Operation;
use super::service::Emulator;
use crate::core::time::Timestamp;
use std::collections::BTreeMap;

/// How many looks are remembered. Forgetting costs one more look at the same thing.
const REMEMBERED: usize = 4096;

/// After how many looks at a session without one at its activities these are not followed any more. Who follows them looks
/// at the session once before each time; one look more is left for somebody else who waits for its state meanwhile.
const LOOKS_ALONE: u32 = 3;

/// How many steps a wait for a state goes at once; a script may have any number without a state.
const MOST_STEPS: usize = 1000;

/// A clock that moves only when it is told to, or when somebody waits.
///
/// A client waits by looking again and again. So, with `auto_advance`, a look at a session, at its activities or at the
/// list of sessions that would find what the look before it found moves the clock to when something happens
/// ([`Emulator::next_change`]), and finds that, however long it takes to come. A wait for a state goes from state to
/// state; where a session's activities are followed, it goes from activity to activity. Where nothing happens by itself,
/// as while a plan waits for approval, the clock stands still.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    now: Timestamp,
    auto_advance: bool,
    /// How things stood at the last look, by what was looked at.
    seen: BTreeMap<String, Timestamp>,
    /// The sessions whose activities somebody reads as they come, and how often each was looked at since.
    followed: BTreeMap<String, u32>,
}

impl VirtualClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp, auto_advance: bool) -> Self {
        Self { now: start, auto_advance, seen: BTreeMap::new(), followed: BTreeMap::new() }
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
        if let Some(look) = &look {
            if self.seen.get(&request.target) == Some(&emulator.last_change(look)) {
                self.wait(emulator, look);
            }
        }
        let response = emulator.handle(self.now, request);
        // What went wrong was no look; the client will try again to see what it has not seen.
        if let Some(look) =
            look.as_ref().filter(|_| response.transport.is_none() && matches!(response.status, 200 | 404))
        {
            self.remember(emulator, request, look);
        }
        if response.is_over_quota() {
            // What makes room for a session is the end of another; for a list it is that time passes.
            let is_list = matches!(look, Some(Operation::ListActivities(_)));
            let room = if is_list { emulator.next_list() } else { emulator.next_change() };
            self.move_to(emulator, room);
        }
        self.advance(response.delay_ms);
        Response { delay_ms: 0, ..response }
    }

    /// Moves on until there is something to see.
    fn wait(&mut self, emulator: &mut Emulator, look: &Operation) {
        let before = self.noticed(emulator);
        for _ in 0..MOST_STEPS {
            let in_sight = emulator.next_visible();
            let is_moved = self.move_on(emulator);
            if in_sight.is_some_and(|time| time <= emulator.latest()) {
                return;
            }
            // Only who looks at a session alone waits for its state.
            if !is_moved || !matches!(look, Operation::GetSession(_)) || self.noticed(emulator) != before {
                return;
            }
        }
    }

    /// What a wait for a state does not pass over: all states, and every change of a session that is followed.
    fn noticed(&self, emulator: &Emulator) -> Vec<(String, Option<Timestamp>)> {
        let sessions = emulator.all_sessions().iter();
        let noticed = sessions.map(|session| {
            let changed = session.update_time();
            (session.state.clone(), self.followed.contains_key(&session.id).then_some(changed))
        });
        noticed.collect()
    }

    fn remember(&mut self, emulator: &Emulator, request: &Request, look: &Operation) {
        if self.seen.len() >= REMEMBERED {
            self.seen.clear();
        }
        let found = emulator.last_change(look);
        self.seen.insert(request.target.clone(), found);
        match look {
            Operation::ListActivities(id) => {
                if self.followed.len() >= REMEMBERED {
                    self.followed.clear();
                }
                self.followed.insert(id.clone(), 0);
            }
            Operation::GetSession(id) => {
                if let Some(looks) = self.followed.get_mut(id) {
                    *looks += 1;
                }
                self.followed.retain(|_, looks| *looks < LOOKS_ALONE);
            }
            _ => {}
        }
    }

    /// Moves the clock to when the next thing happens, and lets it happen. False if nothing will.
    fn move_on(&mut self, emulator: &mut Emulator) -> bool {
        let next = emulator.next_change();
        self.move_to(emulator, next)
    }

    fn move_to(&mut self, emulator: &mut Emulator, next: Option<Timestamp>) -> bool {
        let Some(next) = next else { return false };
        self.now = self.now.max(next);
        emulator.let_pass(self.now);
        true
    }
}
