//! Decides after each poll whether the activities of a followed session are listed, and which of them.

use super::poll::SessionSnapshot;
use super::time::Timestamp;

/// The interval in milliseconds in which late activities are checked for.
const CHECK_MS: i64 = 60_000;

/// New activities have priority over a check that is due, unless the previous list was within this many milliseconds:
/// otherwise a session with new activities at each poll would never be checked.
const BUSY_MS: i64 = 15_000;

/// The number of further polls after which the list is checked if it does not yet contain the change of `updateTime`.
const LAGGING_POLLS: u8 = 2;

/// Which activities are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Round {
    /// Those after the newest known.
    #[default]
    Narrow,
    /// All that may have changed, since activities may become visible after newer ones.
    Check,
    /// The same without any sign of new activities. It may be delayed.
    RoutineCheck,
}

/// The state of a followed session, from which it is decided whether its activities are listed after a poll.
///
/// They are listed when its `updateTime` has changed. But lists may lag behind it, and it is not documented that each activity
/// changes it. So if a list does not contain the change, it is checked after the next polls; a check is due every minute;
/// and once a check has found an activity that did not change `updateTime`, activities are listed after each poll.
#[derive(Debug, Clone, Copy, Default)]
pub struct Follow {
    /// The poll before the last list.
    listed: Option<SessionSnapshot>,
    /// The last round that was requested.
    round: Round,
    /// When the poll before the last check started.
    checked_at_ms: i64,
    /// The number of further polls after which the list is checked, whether the session has changed or not.
    checks_left: u8,
    /// The time of the newest activity known.
    newest: Option<Timestamp>,
    /// The time of the newest activity of the last list, if the list showed it first.
    newest_in_list: Option<Timestamp>,
    reliance: Reliance,
}

/// Whether `updateTime` shows that there are new activities.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Reliance {
    #[default]
    Relied,
    /// A check has found an activity with this time that the poll before did not announce. It may have appeared in between;
    /// the next poll that starts after the second time decides this.
    Doubted(Timestamp, i64),
    NotRelied,
}

impl Follow {
    /// What to list after this poll, if anything. At most once per poll.
    pub fn next_round(&mut self, snapshot: &SessionSnapshot) -> Option<Round> {
        let round = self.round_after(snapshot);
        self.round = round.unwrap_or(self.round);
        round
    }

    fn round_after(&mut self, snapshot: &SessionSnapshot) -> Option<Round> {
        let Some(listed) = &self.listed else { return Some(Round::Check) };
        if snapshot.at_ms <= listed.at_ms {
            return None;
        }
        match self.reliance {
            Reliance::Doubted(time, at_ms) if snapshot.at_ms >= at_ms => {
                self.reliance = if snapshot.update_time < Some(time) { Reliance::NotRelied } else { Reliance::Relied };
            }
            _ => {}
        }
        // A list is later than its poll: an activity in it may be the cause of this change.
        let is_listed = self.newest_in_list.is_some() && self.newest_in_list >= snapshot.update_time;
        let has_moved = snapshot.update_time.is_none()
            || snapshot.update_time != listed.update_time && !is_listed
            || snapshot.state != listed.state;
        let is_due = snapshot.at_ms.saturating_sub(self.checked_at_ms) >= CHECK_MS;
        match has_moved || self.reliance == Reliance::NotRelied {
            // No later poll would announce what was missed before the end.
            is_new if snapshot.state.is_terminal() && (is_new || self.checks_left > 0) => Some(Round::Check),
            true if is_due && snapshot.at_ms - listed.at_ms <= BUSY_MS => Some(Round::Check),
            true => Some(Round::Narrow),
            false if self.checks_left > 0 || is_due => Some(Round::RoutineCheck),
            false => None,
        }
    }

    /// The list after this poll was read. `found`: whether it contained new activities; `newest`: the time of the newest known.
    pub fn listed(&mut self, snapshot: SessionSnapshot, found: bool, newest: Option<Timestamp>, now_ms: i64) {
        let before = self.listed.replace(snapshot);
        let has_moved = before.is_none_or(|before| before.update_time != snapshot.update_time);
        let is_newer = newest > self.newest;
        self.newest = newest;
        self.newest_in_list = newest.filter(|_| is_newer);
        if self.round != Round::Narrow {
            self.checked_at_ms = snapshot.at_ms;
            let is_unannounced = is_newer && !has_moved && self.checks_left == 0 && self.reliance == Reliance::Relied;
            if let Some(newest) = newest.filter(|_| is_unannounced) {
                self.reliance = Reliance::Doubted(newest, now_ms);
            }
        }
        let shows_the_last_change =
            snapshot.update_time.is_some_and(|time| newest.is_some_and(|newest| newest >= time));
        // A session without activities was changed by something else.
        let has_none = before.is_none() && newest.is_none();
        self.checks_left = match snapshot.update_time {
            _ if has_none => 0,
            // A time in the future is newer than all changes.
            _ if shows_the_last_change && (found || !has_moved) => 0,
            Some(_) if has_moved || found => LAGGING_POLLS,
            _ => self.checks_left.saturating_sub(1),
        };
    }

    /// Requests a check after the next poll, whether the session has changed or not.
    pub fn check_again(&mut self) {
        self.checks_left = self.checks_left.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::SessionState;
    use super::*;

    fn snapshot(at_s: i64, updated_s: i64) -> SessionSnapshot {
        let update_time = Some(Timestamp::new(updated_s, 0));
        SessionSnapshot { at_ms: at_s * 1000, state: SessionState::InProgress, update_time }
    }

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp::new(seconds, 0))
    }

    /// A state in which all activities were listed after this poll.
    fn up_to_date(snapshot: SessionSnapshot) -> Follow {
        let mut follow = Follow::default();
        assert_eq!(follow.next_round(&snapshot), Some(Round::Check));
        follow.listed(snapshot, true, snapshot.update_time, snapshot.at_ms);
        follow
    }

    #[test]
    fn activities_are_listed_at_first_and_then_when_the_session_has_changed() {
        let mut follow = up_to_date(snapshot(0, 0));
        assert_eq!(follow.next_round(&snapshot(5, 0)), None);
        assert_eq!(follow.next_round(&snapshot(10, 7)), Some(Round::Narrow));
        follow.listed(snapshot(10, 7), true, at(7), 10 * 1000);
        assert_eq!(follow.next_round(&snapshot(10, 8)), None, "once a poll");
        assert_eq!(follow.next_round(&snapshot(15, 7)), None);
        let ended = SessionSnapshot { state: SessionState::Completed, ..snapshot(20, 7) };
        assert_eq!(follow.next_round(&ended), Some(Round::Check), "no later poll would announce what was missed");
    }

    #[test]
    fn a_list_without_the_change_of_the_session_is_checked_after_the_next_polls() {
        let checks = [Round::Narrow, Round::RoutineCheck, Round::RoutineCheck];
        // A time in the future is newer than the change of the session.
        for (newest, wants) in [(at(0), &checks[..]), (at(7_200), &checks[..2])] {
            let mut follow = up_to_date(snapshot(0, 0));
            let mut wanted = Vec::new();
            for poll in 1..8 {
                let round = follow.next_round(&snapshot(poll * 5, 3));
                if round.is_some() {
                    follow.listed(snapshot(poll * 5, 3), false, newest, poll * 5 * 1000);
                }
                wanted.extend(round);
            }
            assert_eq!(wanted, wants);
        }
    }

    #[test]
    fn the_list_is_checked_once_a_minute() {
        let mut follow = up_to_date(snapshot(0, 0));
        let mut checked = Vec::new();
        for second in (5..300).step_by(5) {
            if let Some(round) = follow.next_round(&snapshot(second, 0)) {
                assert_eq!(round, Round::RoutineCheck);
                follow.listed(snapshot(second, 0), false, at(0), second * 1000);
                checked.push(second);
            }
        }
        assert_eq!(checked, [60, 120, 180, 240]);
    }

    #[test]
    fn new_activities_have_priority_over_a_due_check_unless_they_appear_at_each_poll() {
        let mut follow = up_to_date(snapshot(0, 0));
        assert_eq!(follow.next_round(&snapshot(70, 70)), Some(Round::Narrow));
        follow.listed(snapshot(70, 70), true, at(70), 70_000);
        assert_eq!(follow.next_round(&snapshot(75, 75)), Some(Round::Check));
        follow.listed(snapshot(75, 75), true, at(75), 75_000);
        assert_eq!(follow.next_round(&snapshot(80, 80)), Some(Round::Narrow));
    }

    #[test]
    fn a_late_activity_does_not_cause_more_lists() {
        let mut follow = up_to_date(snapshot(0, 10));
        assert_eq!(follow.next_round(&snapshot(60, 10)), Some(Round::RoutineCheck));
        follow.listed(snapshot(60, 10), true, at(10), 60 * 1000);
        assert_eq!(follow.next_round(&snapshot(65, 10)), None);
    }

    #[test]
    fn an_activity_between_a_poll_and_a_check_does_not_cause_more_lists() {
        let mut follow = up_to_date(snapshot(0, 0));
        assert_eq!(follow.next_round(&snapshot(60, 0)), Some(Round::RoutineCheck));
        follow.listed(snapshot(60, 0), true, at(61), 60 * 1000);
        assert_eq!(follow.next_round(&snapshot(65, 61)), None, "it has been listed");
        assert_eq!(follow.next_round(&snapshot(70, 61)), None);
        assert_eq!(follow.next_round(&snapshot(75, 62)), Some(Round::Narrow));
    }

    #[test]
    fn activities_are_listed_after_each_poll_once_one_has_not_changed_the_update_time() {
        let mut follow = up_to_date(snapshot(0, 0));
        assert_eq!(follow.next_round(&snapshot(60, 0)), Some(Round::RoutineCheck));
        follow.listed(snapshot(60, 0), true, at(40), 60 * 1000);
        for poll in 13..20 {
            assert_eq!(follow.next_round(&snapshot(poll * 5, 0)), Some(Round::Narrow));
            follow.listed(snapshot(poll * 5, 0), false, at(40), poll * 5 * 1000);
        }
    }

    #[test]
    fn without_an_update_time_activities_are_listed_after_each_poll() {
        let unknown = |at_s: i64| SessionSnapshot { update_time: None, ..snapshot(at_s, 0) };
        let mut follow = up_to_date(unknown(0));
        for poll in 1..4 {
            assert_eq!(follow.next_round(&unknown(poll * 5)), Some(Round::Narrow));
            follow.listed(unknown(poll * 5), false, at(0), poll * 5 * 1000);
        }
    }
}
