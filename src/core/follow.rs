//! When the activities of a session are worth a request, and how much of them: the only such rule.

use super::poll::Sight;
use super::time::Timestamp;

/// After how long everything that may have come late is asked for again, in milliseconds.
const CHECK_MS: i64 = 60_000;

/// What is new comes first when that is due, unless it has come within so many milliseconds before: else where there is
/// something new at each poll nothing would ever be checked.
const BUSY_MS: i64 = 15_000;

/// For how many more polls the list is checked that has not shown yet what moved `updateTime`.
const LAGGING_POLLS: u8 = 2;

/// How much of the activities is to be listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Round {
    /// What is later than the newest known.
    #[default]
    Narrow,
    /// All that is not settled: activities may become visible after newer ones.
    Check,
    /// The same, when nothing says that there is anything. It can wait.
    RoutineCheck,
}

/// Whether the activities of a followed session are to be listed after a poll of it.
///
/// They are when its `updateTime` has moved. But lists may lag behind it, and that it moves with each activity is
/// documented nowhere. So when a list does not show what moved it, it is checked after the next polls; a check is due every
/// minute; and once a check has shown that an activity had not moved `updateTime`, the list is asked for after each poll.
#[derive(Debug, Clone, Copy, Default)]
pub struct Follow {
    listed: Option<Sight>,
    /// What was wanted last.
    round: Round,
    checked_at_ms: i64,
    again: u8,
    newest: Option<Timestamp>,
    /// The newest that the last list has brought.
    brought: Option<Timestamp>,
    reliance: Reliance,
}

/// Whether `updateTime` shows that there are new activities.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Reliance {
    #[default]
    Relied,
    /// A check has found an activity of this time, which the poll before it had not shown. It may have come in between, which
    /// a poll will show that begins after this.
    Doubted(Timestamp, i64),
    NotRelied,
}

impl Follow {
    /// What to list after this poll, if anything. Once a poll at the most.
    pub fn wants(&mut self, sight: &Sight) -> Option<Round> {
        let wanted = self.wanted(sight);
        self.round = wanted.unwrap_or(self.round);
        wanted
    }

    fn wanted(&mut self, sight: &Sight) -> Option<Round> {
        let Some(listed) = &self.listed else { return Some(Round::Check) };
        if sight.at_ms <= listed.at_ms {
            return None;
        }
        match self.reliance {
            Reliance::Doubted(time, at_ms) if sight.at_ms >= at_ms => {
                self.reliance = if sight.update_time < Some(time) { Reliance::NotRelied } else { Reliance::Relied };
            }
            _ => {}
        }
        // A list is later than the poll before it: what it has brought may have moved the session since.
        let is_listed = self.brought.is_some() && self.brought >= sight.update_time;
        let has_moved = sight.update_time.is_none()
            || sight.update_time != listed.update_time && !is_listed
            || sight.state != listed.state;
        let is_due = sight.at_ms.saturating_sub(self.checked_at_ms) >= CHECK_MS;
        match has_moved || self.reliance == Reliance::NotRelied {
            // Nothing that comes later would show what was missed before the end.
            is_new if sight.state.is_terminal() && (is_new || self.again > 0) => Some(Round::Check),
            true if is_due && sight.at_ms - listed.at_ms <= BUSY_MS => Some(Round::Check),
            true => Some(Round::Narrow),
            false if self.again > 0 || is_due => Some(Round::RoutineCheck),
            false => None,
        }
    }

    /// What was wanted after this poll is listed by now; whether that has brought something new, and how new what is known is.
    pub fn listed(&mut self, sight: Sight, found: bool, newest: Option<Timestamp>, now_ms: i64) {
        let before = self.listed.replace(sight);
        let has_moved = before.is_none_or(|before| before.update_time != sight.update_time);
        let is_newer = newest > self.newest;
        self.newest = newest;
        self.brought = newest.filter(|_| is_newer);
        if self.round != Round::Narrow {
            self.checked_at_ms = sight.at_ms;
            let is_unannounced = is_newer && !has_moved && self.again == 0 && self.reliance == Reliance::Relied;
            if let Some(newest) = newest.filter(|_| is_unannounced) {
                self.reliance = Reliance::Doubted(newest, now_ms);
            }
        }
        let shows_the_last_change = sight.update_time.is_some_and(|time| newest.is_some_and(|newest| newest >= time));
        // A session that has no activities yet was moved by something else.
        let has_none = before.is_none() && newest.is_none();
        self.again = match sight.update_time {
            _ if has_none => 0,
            // One that is dated ahead is newer than all changes.
            _ if shows_the_last_change && (found || !has_moved) => 0,
            Some(_) if has_moved || found => LAGGING_POLLS,
            _ => self.again.saturating_sub(1),
        };
    }

    /// Asks for a check after the next poll, whether the session has moved or not.
    pub fn check_again(&mut self) {
        self.again = self.again.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::SessionState;
    use super::*;

    fn sight(at_s: i64, updated_s: i64) -> Sight {
        let update_time = Some(Timestamp::new(updated_s, 0));
        Sight { at_ms: at_s * 1000, state: SessionState::InProgress, update_time }
    }

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp::new(seconds, 0))
    }

    /// One that has listed after this poll all that there is.
    fn up_to_date(sight: Sight) -> Follow {
        let mut follow = Follow::default();
        assert_eq!(follow.wants(&sight), Some(Round::Check));
        follow.listed(sight, true, sight.update_time, sight.at_ms);
        follow
    }

    #[test]
    fn activities_are_listed_at_first_and_then_when_the_session_has_moved() {
        let mut follow = up_to_date(sight(0, 0));
        assert_eq!(follow.wants(&sight(5, 0)), None);
        assert_eq!(follow.wants(&sight(10, 7)), Some(Round::Narrow));
        follow.listed(sight(10, 7), true, at(7), 10 * 1000);
        assert_eq!(follow.wants(&sight(10, 8)), None, "once a poll");
        assert_eq!(follow.wants(&sight(15, 7)), None);
        let ended = Sight { state: SessionState::Completed, ..sight(20, 7) };
        assert_eq!(follow.wants(&ended), Some(Round::Check), "nothing comes later that would show what was missed");
    }

    #[test]
    fn a_list_that_does_not_show_what_moved_the_session_is_checked_after_the_next_polls() {
        let checks = [Round::Narrow, Round::RoutineCheck, Round::RoutineCheck];
        // One that is dated ahead is newer than whatever moved the session.
        for (newest, wants) in [(at(0), &checks[..]), (at(7_200), &checks[..2])] {
            let mut follow = up_to_date(sight(0, 0));
            let mut wanted = Vec::new();
            for poll in 1..8 {
                let round = follow.wants(&sight(poll * 5, 3));
                if round.is_some() {
                    follow.listed(sight(poll * 5, 3), false, newest, poll * 5 * 1000);
                }
                wanted.extend(round);
            }
            assert_eq!(wanted, wants);
        }
    }

    #[test]
    fn the_list_is_checked_once_a_minute() {
        let mut follow = up_to_date(sight(0, 0));
        let mut checked = Vec::new();
        for second in (5..300).step_by(5) {
            if let Some(round) = follow.wants(&sight(second, 0)) {
                assert_eq!(round, Round::RoutineCheck);
                follow.listed(sight(second, 0), false, at(0), second * 1000);
                checked.push(second);
            }
        }
        assert_eq!(checked, [60, 120, 180, 240]);
    }

    #[test]
    fn what_is_new_comes_before_a_check_that_is_due_unless_something_is_new_at_each_poll() {
        let mut follow = up_to_date(sight(0, 0));
        assert_eq!(follow.wants(&sight(70, 70)), Some(Round::Narrow));
        follow.listed(sight(70, 70), true, at(70), 70_000);
        assert_eq!(follow.wants(&sight(75, 75)), Some(Round::Check));
        follow.listed(sight(75, 75), true, at(75), 75_000);
        assert_eq!(follow.wants(&sight(80, 80)), Some(Round::Narrow));
    }

    #[test]
    fn a_late_activity_is_no_reason_to_list_more() {
        let mut follow = up_to_date(sight(0, 10));
        assert_eq!(follow.wants(&sight(60, 10)), Some(Round::RoutineCheck));
        follow.listed(sight(60, 10), true, at(10), 60 * 1000);
        assert_eq!(follow.wants(&sight(65, 10)), None);
    }

    #[test]
    fn an_activity_that_comes_between_a_poll_and_a_check_is_no_reason_to_list_more() {
        let mut follow = up_to_date(sight(0, 0));
        assert_eq!(follow.wants(&sight(60, 0)), Some(Round::RoutineCheck));
        follow.listed(sight(60, 0), true, at(61), 60 * 1000);
        assert_eq!(follow.wants(&sight(65, 61)), None, "it has been listed");
        assert_eq!(follow.wants(&sight(70, 61)), None);
        assert_eq!(follow.wants(&sight(75, 62)), Some(Round::Narrow));
    }

    #[test]
    fn the_list_is_asked_for_after_each_poll_once_an_activity_has_not_moved_the_session() {
        let mut follow = up_to_date(sight(0, 0));
        assert_eq!(follow.wants(&sight(60, 0)), Some(Round::RoutineCheck));
        follow.listed(sight(60, 0), true, at(40), 60 * 1000);
        for poll in 13..20 {
            assert_eq!(follow.wants(&sight(poll * 5, 0)), Some(Round::Narrow));
            follow.listed(sight(poll * 5, 0), false, at(40), poll * 5 * 1000);
        }
    }

    #[test]
    fn without_an_update_time_the_list_is_asked_for_after_each_poll() {
        let unknown = |at_s: i64| Sight { update_time: None, ..sight(at_s, 0) };
        let mut follow = up_to_date(unknown(0));
        for poll in 1..4 {
            assert_eq!(follow.wants(&unknown(poll * 5)), Some(Round::Narrow));
            follow.listed(unknown(poll * 5), false, at(0), poll * 5 * 1000);
        }
    }
}
