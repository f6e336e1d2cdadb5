//! The account's quota: how many sessions it may create in 24 hours, and how many may run at a time.
//!
//! The service says neither how much of a quota is used nor which states hold a slot. So the sessions are counted, those of
//! this batch and those of the list alike, and a refusal corrects the count.

use crate::core::state::SessionState;
use crate::core::time::Timestamp;

/// The quota of an account. `None`: no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    /// The number of sessions in rolling 24 hours.
    pub per_day: Option<u64>,
    /// The number of sessions that may run at a time.
    pub concurrent: Option<u64>,
}

/// How much of the quota is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// The sessions created in the last 24 hours, with the creates in flight.
    pub day: usize,
    /// The sessions that hold a slot, with the creates in flight.
    pub running: usize,
}

/// Whether a session may be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Now.
    Now,
    /// Not before this time of the service.
    At(Timestamp),
    /// After a session has ended.
    AfterAnEnd,
}

/// The time over which [`Quota::per_day`] counts sessions, in milliseconds.
pub const DAY_MS: i64 = 24 * 3_600_000;

/// Times from `Date` headers have whole seconds.
const MARGIN_MS: i64 = 2_000;

/// The first delay after a refusal that the count does not explain, in milliseconds. It doubles with each further one.
const FIRST_DELAY_MS: i64 = 30_000;

/// The longest such delay.
const LONGEST_DELAY_MS: i64 = 600_000;

/// If all slots are held only because sessions that wait for the user are counted, one create is sent after this time in
/// milliseconds to find out whether these hold slots.
const PROBE_MS: i64 = 300_000;

/// The time from a refusal of that create to the next such one.
const NEXT_PROBE_MS: i64 = 1_800_000;

/// What a later run must know of the slots of this one, besides the sessions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// How many creates were refused since the last one that was not.
    pub refusals: u32,
    /// When a create tries whether sessions that wait for the user hold slots.
    pub probe_at: Option<Timestamp>,
    /// Whether they are known to hold none.
    pub waiting_is_free: bool,
}

#[derive(Debug)]
struct Known {
    id: String,
    state: SessionState,
    created: Timestamp,
}

/// The sessions that count for the quota, and the creates in flight.
#[derive(Debug, Default)]
pub struct Slots {
    quota: Quota,
    known: Vec<Known>,
    in_flight: usize,
    /// The number of slots that are assumed to be held by sessions that are not counted, and until when this is assumed.
    unseen: Option<(usize, Timestamp)>,
    /// Until when the day's quota is assumed to be used up, by sessions that are not counted.
    day_is_over: Option<Timestamp>,
    memory: Memory,
    is_probing: bool,
}

impl Slots {
    /// The slots of this quota.
    pub fn new(quota: Quota) -> Self {
        Self { quota, ..Self::default() }
    }

    /// These slots after an earlier run.
    pub fn after(self, memory: Memory) -> Self {
        Self { memory, ..self }
    }

    /// What a later run must know.
    pub fn memory(&self) -> Memory {
        self.memory
    }

    /// Whether there is a quota to keep.
    pub fn has_quota(&self) -> bool {
        self.quota != Quota::default()
    }

    /// The session is in this state. `created`: when it was created, if known; otherwise now counts.
    pub fn saw(&mut self, id: &str, state: SessionState, created: Option<Timestamp>, now: Timestamp) {
        if !self.has_quota() {
            return;
        }
        match self.known.iter_mut().find(|known| known.id == id) {
            Some(known) => known.state = state,
            None => self.known.push(Known { id: id.to_owned(), state, created: created.unwrap_or(now) }),
        }
    }

    /// The list of sessions was read back to 24 hours: those that it does not show no longer run, except `own`, which are polled.
    pub fn listed(&mut self, shown: &[String], own: impl Fn(&str) -> bool, now: Timestamp) {
        for known in &mut self.known {
            if !own(&known.id) && !shown.contains(&known.id) {
                known.state = SessionState::Completed;
            }
        }
        let day_ago = now.plus_millis(-DAY_MS);
        self.known.retain(|known| known.created > day_ago || holds(known.state));
    }

    /// A create is sent.
    pub fn begin(&mut self) {
        self.in_flight += 1;
    }

    /// A create has ended, with this session or with none.
    pub fn end(&mut self, created: Option<(&str, SessionState, Option<Timestamp>)>, now: Timestamp) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some((id, state, at)) = created {
            self.saw(id, state, at, now);
            if self.unseen.is_none() {
                self.memory.refusals = 0;
            }
            if std::mem::take(&mut self.is_probing) {
                self.memory.waiting_is_free = true;
            }
        }
    }

    /// The service has refused a create, after [`Slots::end`]. `of_day`: whether it has named the quota of a day. Returns until when
    /// the refusal holds.
    pub fn refused(&mut self, of_day: bool, retry_after_ms: Option<u64>, now: Timestamp) -> Timestamp {
        self.memory.refusals = self.memory.refusals.saturating_add(1);
        let doubled = FIRST_DELAY_MS << self.memory.refusals.saturating_sub(1).min(5);
        let asked = retry_after_ms.and_then(|millis| i64::try_from(millis).ok()).unwrap_or(0);
        let until = now.plus_millis(doubled.min(LONGEST_DELAY_MS).max(asked));
        if std::mem::take(&mut self.is_probing) {
            self.memory.probe_at = Some(now.plus_millis(NEXT_PROBE_MS));
        }
        if of_day {
            self.day_is_over = Some(until);
        } else {
            self.unseen = Some((self.most().saturating_sub(self.usage(now).running), until));
        }
        until
    }

    /// How much is used.
    pub fn usage(&self, now: Timestamp) -> Usage {
        let day_ago = now.plus_millis(-DAY_MS);
        let day = self.known.iter().filter(|known| known.created > day_ago).count();
        let running = self.known.iter().filter(|known| self.holds(known.state)).count();
        Usage { day: day + self.in_flight, running: running + self.in_flight }
    }

    /// Whether a session may be created now.
    pub fn permit(&mut self, now: Timestamp) -> Permit {
        if !self.has_quota() {
            return Permit::Now;
        }
        let Usage { day, running } = self.usage(now);
        if let Some(until) = self.day_is_over.filter(|until| *until > now) {
            return Permit::At(until);
        }
        if let Some(most) = self.quota.per_day.map(index).filter(|most| day >= *most) {
            return self.after_day(most, now);
        }
        let unseen = match self.unseen {
            Some((unseen, until)) if until > now => Some((unseen, until)),
            _ => None,
        };
        self.unseen = unseen;
        let most = self.most();
        if running < most.saturating_sub(unseen.map_or(0, |(unseen, _)| unseen)) {
            return Permit::Now;
        }
        if let Some((_, until)) = unseen.filter(|_| running < most) {
            return Permit::At(until);
        }
        self.probe(running, most, now)
    }

    /// The time at which the day's quota has room again.
    fn after_day(&self, most: usize, now: Timestamp) -> Permit {
        let day_ago = now.plus_millis(-DAY_MS);
        let times = || self.known.iter().map(|known| known.created).filter(|time| *time > day_ago);
        let excess = (times().count() + self.in_flight).saturating_sub(most);
        // Few enough to do without sorting, whose code is large.
        let has_rank = |time: &Timestamp| {
            let earlier = times().filter(|other| other < time).count();
            (earlier..earlier + times().filter(|other| other == time).count()).contains(&excess)
        };
        times().find(has_rank).map_or(Permit::AfterAnEnd, |time| Permit::At(time.plus_millis(DAY_MS + MARGIN_MS)))
    }

    /// All slots are held. If that is only true if sessions that wait for the user hold slots, one create tries it after a while.
    fn probe(&mut self, running: usize, most: usize, now: Timestamp) -> Permit {
        let waiting = self.known.iter().filter(|known| is_waiting(known.state)).count();
        if self.memory.waiting_is_free || running.saturating_sub(waiting) >= most {
            self.memory.probe_at = None;
            return Permit::AfterAnEnd;
        }
        let at = *self.memory.probe_at.get_or_insert(now.plus_millis(PROBE_MS));
        if self.in_flight > 0 {
            return Permit::AfterAnEnd;
        }
        self.is_probing = at <= now;
        if self.is_probing { Permit::Now } else { Permit::At(at) }
    }

    fn most(&self) -> usize {
        self.quota.concurrent.map_or(usize::MAX, index)
    }

    fn holds(&self, state: SessionState) -> bool {
        holds(state) && !(self.memory.waiting_is_free && is_waiting(state))
    }
}

/// Whether a session in this state holds a slot. Whether a paused one does is unknown: it counts as one that does not, since it
/// may stay paused for good, and a refusal corrects that.
fn holds(state: SessionState) -> bool {
    !state.is_terminal() && state != SessionState::Paused
}

/// Whether the session waits for the user. Whether it holds a slot meanwhile is unknown.
fn is_waiting(state: SessionState) -> bool {
    matches!(state, SessionState::AwaitingPlanApproval | SessionState::AwaitingUserFeedback)
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use SessionState::{AwaitingUserFeedback, Completed, InProgress, Paused};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(1_800_000_000 + seconds, 0)
    }

    fn slots(per_day: Option<u64>, concurrent: Option<u64>) -> Slots {
        Slots::new(Quota { per_day, concurrent })
    }

    fn create(slots: &mut Slots, id: &str, seconds: i64) {
        assert_eq!(slots.permit(at(seconds)), Permit::Now, "{id}");
        slots.begin();
        slots.end(Some((id, InProgress, Some(at(seconds)))), at(seconds));
    }

    #[test]
    fn a_slot_is_free_again_when_its_session_has_ended_or_is_paused() {
        for state in [Completed, SessionState::Failed, Paused] {
            let mut slots = slots(None, Some(2));
            create(&mut slots, "1", 0);
            slots.begin();
            assert_eq!(slots.permit(at(0)), Permit::AfterAnEnd, "a create in flight counts");
            slots.end(Some(("2", InProgress, None)), at(0));
            assert_eq!(slots.permit(at(1)), Permit::AfterAnEnd);
            slots.saw("1", state, None, at(2));
            assert_eq!((slots.permit(at(2)), slots.usage(at(2)).running), (Permit::Now, 1), "{state:?}");
        }
    }

    #[test]
    fn the_quota_of_a_day_has_room_when_the_oldest_session_is_a_day_old() {
        let mut slots = slots(Some(2), None);
        create(&mut slots, "1", 0);
        create(&mut slots, "2", 100);
        slots.saw("1", Completed, None, at(200));
        assert_eq!(slots.permit(at(200)), Permit::At(at(86_402)));
        assert_eq!(slots.permit(at(86_402)), Permit::Now);
        create(&mut slots, "3", 86_402);
        assert_eq!(slots.permit(at(86_403)), Permit::At(at(86_502)));
    }

    #[test]
    fn sessions_of_others_count_until_the_list_shows_that_they_have_ended() {
        let mut slots = slots(Some(10), Some(2));
        slots.saw("own", InProgress, Some(at(0)), at(0));
        slots.saw("other", InProgress, Some(at(0)), at(0));
        assert_eq!(slots.permit(at(0)), Permit::AfterAnEnd);
        slots.listed(&[], |id| id == "own", at(1));
        assert_eq!((slots.permit(at(1)), slots.usage(at(1))), (Permit::Now, Usage { day: 2, running: 1 }));
    }

    #[test]
    fn a_refusal_that_the_count_does_not_explain_takes_the_slot_for_a_while_that_doubles() {
        let mut slots = slots(None, Some(3));
        create(&mut slots, "1", 0);
        for (now, until) in [(0, 30), (30, 90), (90, 210)] {
            slots.begin();
            slots.end(None, at(now));
            slots.refused(false, None, at(now));
            assert_eq!(slots.permit(at(now)), Permit::At(at(until)));
            assert_eq!(slots.permit(at(until)), Permit::Now);
        }
        slots.refused(false, None, at(210));
        slots.saw("1", Completed, None, at(211));
        assert_eq!(slots.permit(at(211)), Permit::Now, "the slot of the session that has ended is free");
    }

    #[test]
    fn without_a_limit_a_refusal_shows_how_many_sessions_may_run() {
        let mut slots = slots(Some(15), None);
        create(&mut slots, "1", 0);
        slots.begin();
        slots.end(None, at(1));
        slots.refused(false, None, at(1));
        assert_eq!(slots.permit(at(1)), Permit::At(at(31)));
        slots.saw("1", Completed, None, at(2));
        assert_eq!(slots.permit(at(2)), Permit::Now);
    }

    #[test]
    fn a_refusal_for_the_day_pauses_all_creates() {
        let mut slots = slots(Some(15), None);
        slots.refused(true, Some(3_600_000), at(0));
        assert_eq!((slots.permit(at(0)), slots.permit(at(3_600))), (Permit::At(at(3_600)), Permit::Now));
    }

    #[test]
    fn sessions_that_wait_for_the_user_hold_slots_until_a_create_shows_that_they_do_not() {
        for is_free in [true, false] {
            let mut slots = slots(None, Some(1));
            create(&mut slots, "1", 0);
            slots.saw("1", AwaitingUserFeedback, None, at(0));
            assert_eq!(slots.permit(at(0)), Permit::At(at(300)));
            assert_eq!(slots.permit(at(300)), Permit::Now);
            slots.begin();
            assert_eq!(slots.permit(at(300)), Permit::AfterAnEnd);
            slots.end(is_free.then_some(("2", InProgress, None)), at(301));
            if !is_free {
                slots.refused(false, None, at(301));
            }
            slots.saw("2", Completed, None, at(302));
            let next = if is_free { Permit::Now } else { Permit::At(at(2_101)) };
            assert_eq!(slots.permit(at(302)), next, "{is_free}");
        }
    }

    #[test]
    fn without_a_quota_nothing_is_counted() {
        let mut slots = slots(None, None);
        (0..100).for_each(|number| create(&mut slots, &number.to_string(), 0));
        assert_eq!(slots.usage(at(0)), Usage::default());
    }
}
