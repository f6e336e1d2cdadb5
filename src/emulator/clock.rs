//! A virtual clock, so that tests that wait for a session take no real time.

use super::http::{Request, Response};
use super::operation::Operation;
use super::service::Emulator;
use crate::core::time::Timestamp;
use std::collections::HashMap;

/// How many poll targets are remembered. Forgetting one costs one additional poll of it.
const MAX_REMEMBERED: usize = 4096;

/// A session's activities count as followed until the session was polled this often without a poll of its activities. A
/// stream polls the session once before each list of activities; the second poll may come from another caller who waits for
/// the session's state.
const MAX_POLLS_WITHOUT_ACTIVITIES: u32 = 3;

/// How many steps a single poll for a state may skip. Scripts may contain any number of steps without a change of state.
const MAX_SKIPPED_STEPS: usize = 1000;

/// A clock that moves only by [`Self::advance`], or while a client waits.
///
/// A client waits by polling. With `auto_advance`, a poll of a session, of its activities or of the list of sessions that
/// would return what the previous poll returned first moves the clock to the next change ([`Emulator::next_change`]), however
/// far away that is. A wait for a state thus moves from state to state; if the session's activities are followed, it moves
/// from activity to activity. The clock stands still while nothing is due, such as while a plan waits for approval.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    now: Timestamp,
    auto_advance: bool,
    /// By poll target, the update time that the last poll returned.
    last_seen: HashMap<String, Timestamp>,
    /// By id of a session whose activities are followed, how often the session was polled since the last list of activities.
    followed: HashMap<String, u32>,
}

impl VirtualClock {
    /// Creates a clock that stands at `start`.
    pub fn new(start: Timestamp, auto_advance: bool) -> Self {
        Self { now: start, auto_advance, last_seen: HashMap::new(), followed: HashMap::new() }
    }

    /// Returns the time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves the clock forward.
    pub fn advance(&mut self, millis: u64) {
        self.now = self.now.plus_millis(i64::try_from(millis).unwrap_or(i64::MAX));
    }

    /// Passes a request to the emulator, and moves the clock first if the client waits. With `auto_advance` a delayed
    /// response is returned without delay, and the clock moves by the delay instead.
    pub fn handle(&mut self, emulator: &mut Emulator, request: &Request) -> Response {
        if !self.auto_advance {
            return emulator.handle(self.now, request);
        }
        let poll = Operation::parse(&request.method, &request.target).ok().map(|(operation, _)| operation);
        let poll = poll.filter(Operation::is_poll);
        if let Some(poll) = &poll {
            if self.last_seen.get(&request.target) == Some(&emulator.last_change(poll)) {
                self.skip_to_change(emulator, poll);
            }
        }
        let response = emulator.handle(self.now, request);
        // A failed poll has shown the client nothing: it polls again for what it has not seen.
        if let Some(poll) =
            poll.as_ref().filter(|_| response.transport.is_none() && matches!(response.status, 200 | 404))
        {
            self.remember(emulator, request, poll);
        }
        if response.is_over_quota() {
            // Another session's end makes room for a create; the passing of time makes room for a list.
            let is_list = matches!(poll, Some(Operation::ListActivities(_)));
            let room = if is_list { emulator.next_list() } else { emulator.next_change() };
            self.move_to(emulator, room);
        }
        self.advance(response.delay_ms);
        Response { delay_ms: 0, ..response }
    }

    /// Moves the clock until the poll has something new to return.
    fn skip_to_change(&mut self, emulator: &mut Emulator, poll: &Operation) {
        let before = self.observable_state(emulator);
        for _ in 0..MAX_SKIPPED_STEPS {
            let next_visible = emulator.next_visible();
            let has_moved = self.move_to_next_change(emulator);
            if next_visible.is_some_and(|time| time <= emulator.latest()) {
                return;
            }
            // Only a poll of one session waits for a state. Other polls return after each change.
            if !has_moved || !matches!(poll, Operation::GetSession(_)) || self.observable_state(emulator) != before {
                return;
            }
        }
    }

    /// What a wait for a state must not skip: each session's state, and each change of a followed session.
    fn observable_state(&self, emulator: &Emulator) -> Vec<(String, Option<Timestamp>)> {
        let sessions = emulator.all_sessions().iter();
        let observable = sessions.map(|session| {
            let changed = session.update_time();
            (session.state.clone(), self.followed.contains_key(&session.id).then_some(changed))
        });
        observable.collect()
    }

    fn remember(&mut self, emulator: &Emulator, request: &Request, poll: &Operation) {
        if self.last_seen.len() >= MAX_REMEMBERED {
            self.last_seen.clear();
        }
        self.last_seen.insert(request.target.clone(), emulator.last_change(poll));
        match poll {
            Operation::ListActivities(id) => {
                if self.followed.len() >= MAX_REMEMBERED {
                    self.followed.clear();
                }
                self.followed.insert(id.clone(), 0);
            }
            Operation::GetSession(id) => {
                if let Some(polls) = self.followed.get_mut(id) {
                    *polls += 1;
                }
                self.followed.retain(|_, polls| *polls < MAX_POLLS_WITHOUT_ACTIVITIES);
            }
            _ => {}
        }
    }

    /// Moves the clock to the next change and applies it. Returns false if nothing is due.
    fn move_to_next_change(&mut self, emulator: &mut Emulator) -> bool {
        let next = emulator.next_change();
        self.move_to(emulator, next)
    }

    fn move_to(&mut self, emulator: &mut Emulator, next: Option<Timestamp>) -> bool {
        let Some(next) = next else { return false };
        self.now = self.now.max(next);
        emulator.advance_to(self.now);
        true
    }
}
