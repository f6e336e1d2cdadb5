//! When sessions are looked at, how many at one time, and when their activities are worth a request: the only such
//! rules. Times are milliseconds of the local clock, which only measure what passes.

use super::options::Config;
use super::state::SessionState;
use super::time::Timestamp;

/// The service's maximum of entries a page.
pub const PAGE: u32 = 100;

/// No session is looked for in a list beyond this place.
const FURTHEST: u32 = 1_000_000;

/// The place of a session that is in no list: archived, or deleted, or too far down.
pub const APART: u32 = u32::MAX;

/// After so many looks at a session by itself it is looked for in the list again.
pub const LOOKS_ALONE: u32 = 12;

/// Every so many lists one of the sessions is looked at by itself all the same. How soon lists show a change is documented
/// nowhere; should they lag for long, or for ever, that is how it is found out.
pub const LISTS_BETWEEN_SPOT_CHECKS: u32 = 6;

/// How much longer the interval is in a page that is hidden: nobody looks, and browsers slow its timers down anyway.
const HIDDEN_FACTOR: u64 = 6;

/// How many sessions can be asked one by one before their requests are kept apart.
const FEW: u32 = 3;

/// A list is asked for this many places beyond the last session that is wanted: sessions are made meanwhile.
const SLACK: u32 = 10;

/// A span as a difference of local times.
pub fn millis(span: u64) -> i64 {
    i64::try_from(span).unwrap_or(i64::MAX)
}

/// Milliseconds from the answer to a look at a session to the next look. One interval for every state, known or not: an
/// unknown state must never make the client ask faster. So one session that is watched alone never takes more requests
/// than of whoever looks, rests and looks again.
pub fn interval_ms(config: &Config, hidden: bool) -> u64 {
    config.polling_interval_ms.saturating_mul(if hidden { HIDDEN_FACTOR } else { 1 })
}

/// The same where many share a list, or activities are listed after the look: as much less as it takes from the middle of
/// one look to the end of the next and of the request for what that has shown, and for all `turns` to come before that
/// request. So what comes is given, and the end known, within the interval. Half of it at least.
///
/// A look that took so long that its trip alone would be more than that has met with trouble, or with a service that is
/// slow under its load: it is no reason to ask the more often.
pub fn pause_in_company_ms(interval: i64, took: i64, turns: i64) -> i64 {
    let most = interval / 2;
    let trip = took.max(0).saturating_mul(5) / 2;
    let trip = if trip <= most { trip } else { 0 };
    interval - trip.saturating_add(turns).min(most)
}

/// Milliseconds that it takes to ask for the activities of all that are `followed` in turn.
pub fn turns_ms(config: &Config, followed: u32, watched: u32) -> i64 {
    millis(u64::from(followed).saturating_mul(spacing_ms(config, watched)))
}

/// Milliseconds between the beginnings of two requests of the poller, so that many sessions are not asked in one burst:
/// a whole round takes half an interval at most. Nobody waits for long before it is his turn, however long the interval.
pub fn spacing_ms(config: &Config, watched: u32) -> u64 {
    const LONGEST: u64 = 100;
    if watched <= FEW { 0 } else { (config.polling_interval_ms / u64::from(watched.max(PAGE)) / 2).min(LONGEST) }
}

/// Milliseconds for which the first looks at sessions are gathered, where others are watched already: sessions that are
/// made and watched one after the other are asked for together.
pub fn gathering_ms(config: &Config) -> i64 {
    const LONGEST: u64 = 500;
    millis((config.polling_interval_ms / 10).min(LONGEST))
}

/// Milliseconds until the next look after something was done to the session from here.
pub fn soon_ms(config: &Config) -> u64 {
    config.polling_interval_ms.min(1000)
}

/// How many pages of the list of sessions cost less than asking for each of these one by one, by their `places` in the
/// list as last seen: 0, if none do. What is not on these pages is asked for by itself.
///
/// ```
/// use jules_wasm::core::poll::pages_worthwhile;
/// assert_eq!(pages_worthwhile([0, 7]), 1, "one request instead of two");
/// assert_eq!(pages_worthwhile([0]), 0);
/// assert_eq!(pages_worthwhile([0, 7, 950]), 1, "nine pages more for one session are dearer than to ask for it");
/// ```
pub fn pages_worthwhile(places: impl IntoIterator<Item = u32>) -> u32 {
    // How many are on each page.
    let mut pages: Vec<u32> = Vec::new();
    let mut all = 0;
    for place in places.into_iter().filter(|place| *place < FURTHEST) {
        let page = (place / PAGE) as usize;
        pages.resize(pages.len().max(page + 1), 0);
        if let Some(count) = pages.get_mut(page) {
            *count += 1;
        }
        all += 1;
    }
    let (mut best, mut lowest_cost, mut alone) = (0, all, all);
    for (number, count) in (1..).zip(pages) {
        alone -= count;
        if number + alone < lowest_cost {
            (best, lowest_cost) = (number, number + alone);
        }
    }
    best
}

/// How many entries to ask for, so that these places are among them: no more than are needed, since each costs bytes.
pub fn page_size(last_place: u32) -> u32 {
    (last_place + 1 + SLACK).next_multiple_of(SLACK).min(PAGE)
}

/// What a look at a session tells of whether there is more to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// When the look began.
    pub at_ms: i64,
    /// The session's state then.
    pub state: SessionState,
    /// When the session last changed, by the service.
    pub update_time: Option<Timestamp>,
}

/// Whether the activities of a followed session are to be listed after a look at it.
///
/// They are when its `updateTime` has moved, for all that a reader wants to know. But lists may lag behind it, and
/// that it moves with each activity is documented nowhere. So what has moved is listed until an activity is as new as
/// that, some looks long; now and then the list is asked all the same; and should that bring something to light, then
/// `updateTime` is not relied on any more.
#[derive(Debug, Clone, Copy, Default)]
pub struct Follow {
    listed: Option<Sight>,
    again: u8,
    /// Whether the list has shown what moved `updateTime` last, or was asked for it often enough.
    is_complete: bool,
    is_unreliable: bool,
}

impl Follow {
    /// For how many more looks a list is asked that has not shown yet what moved `updateTime`.
    const LAGGING_LOOKS: u8 = 2;

    /// After how many intervals the list is asked though nothing has moved.
    const INTERVALS_BETWEEN_CHECKS: u64 = 12;

    /// Whether to list the activities after this look. Once a look at the most.
    pub fn wants(&self, sight: &Sight, config: &Config) -> bool {
        let Some(listed) = &self.listed else { return true };
        let is_later = sight.at_ms > listed.at_ms;
        let has_moved =
            sight.update_time.is_none() || sight.update_time != listed.update_time || sight.state != listed.state;
        is_later && (has_moved || self.again > 0 || self.is_unreliable || Self::is_check(listed, sight, config))
    }

    /// Whether what is known of the last instant is all that there is of it, so that only what is later need be listed
    /// after this look. It is when the list has shown what moved `updateTime`: what is made later gets a later time. Not
    /// relied on at checks, and when the session has ended: then nothing comes later that would show what was missed.
    pub fn knows_the_last_instant(&self, sight: &Sight, config: &Config) -> bool {
        let is_check = self.listed.as_ref().is_none_or(|listed| Self::is_check(listed, sight, config));
        self.is_complete && self.again == 0 && !self.is_unreliable && !is_check && !sight.state.is_terminal()
    }

    fn is_check(listed: &Sight, sight: &Sight, config: &Config) -> bool {
        let longest = config.polling_interval_ms.saturating_mul(Self::INTERVALS_BETWEEN_CHECKS);
        u64::try_from(sight.at_ms - listed.at_ms).is_ok_and(|passed| passed >= longest)
    }

    /// The list was asked after this look, has brought something new or not, and the newest activity known is of this
    /// time.
    pub fn listed(&mut self, sight: Sight, found: bool, newest: Option<Timestamp>, config: &Config) {
        let before = self.listed.replace(sight);
        let has_moved = before.is_none_or(|before| before.update_time != sight.update_time);
        let was_check = before.is_some_and(|before| Self::is_check(&before, &sight, config));
        if was_check && !has_moved && self.again == 0 && found {
            self.is_unreliable = true;
        }
        self.is_complete = sight.update_time.is_some_and(|time| newest.is_some_and(|newest| newest >= time));
        self.again = match sight.update_time {
            _ if self.is_complete => 0,
            Some(_) if has_moved || found => Self::LAGGING_LOOKS,
            _ => self.again.saturating_sub(1),
        };
        self.is_complete |= self.again == 0 && !found;
    }

    /// Asks for the list to be read after the next look, moved or not.
    pub fn list_again(&mut self) {
        self.again = self.again.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::Options;
    use super::*;

    fn config() -> Config {
        Options::default().config
    }

    fn sight(at_s: i64, updated_s: i64) -> Sight {
        let update_time = Some(Timestamp::new(updated_s, 0));
        Sight { at_ms: at_s * 1000, state: SessionState::InProgress, update_time }
    }

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp::new(seconds, 0))
    }

    #[test]
    fn pages_are_asked_for_as_long_as_they_cost_less_than_single_requests() {
        for (places, pages) in [
            (vec![], 0),
            (vec![5], 0),
            (vec![5, 6], 1),
            (vec![5, 150], 0),
            (vec![5, 6, 150], 1),
            (vec![5, 6, 150, 151, 152], 2),
            (vec![APART, APART, 3], 0),
            (vec![250, 251, 252], 0),
            (vec![250, 251, 252, 253], 3),
            ((0..60).collect(), 1),
        ] {
            assert_eq!(pages_worthwhile(places.clone()), pages, "{places:?}");
        }
    }

    #[test]
    fn a_page_holds_what_is_wanted_and_a_little_more() {
        assert_eq!([0, 1, 9, 30, 95, 99].map(page_size), [20, 20, 20, 50, 100, 100]);
        assert!((0..PAGE).all(|place| page_size(place) > place));
    }

    #[test]
    fn a_round_of_single_requests_takes_half_an_interval_at_the_most() {
        for watched in [1, 2, 3, 4, 60, 100, 1_000, 10_000] {
            assert!(u64::from(watched) * spacing_ms(&config(), watched) <= 2_500, "{watched}");
        }
        assert_eq!(spacing_ms(&config(), 100), 25);
        assert_eq!(spacing_ms(&config(), 3), 0, "a few are not kept waiting");
        let patient = Config { polling_interval_ms: 600_000, ..config() };
        assert_eq!((spacing_ms(&patient, 20), gathering_ms(&patient)), (100, 500), "however long the interval");
    }

    #[test]
    fn nobody_looks_more_often_than_once_in_half_an_interval() {
        let pause = |took, followed| pause_in_company_ms(5_000, took, turns_ms(&config(), followed, followed.max(100)));
        assert_eq!([0, 1, 20, 100].map(|followed| pause(0, followed)), [5_000, 4_975, 4_500, 2_500]);
        assert_eq!([-5, 0, 200, 1_000].map(|took| pause(took, 0)), [5_000, 5_000, 4_500, 2_500]);
        assert_eq!([200, 600].map(|took| pause(took, 100)), [2_500, 2_500]);
        assert_eq!([1_001, 60_000].map(|took| pause(took, 0)), [5_000, 5_000], "trouble makes nobody hurry");
    }

    #[test]
    fn a_page_that_nobody_sees_is_looked_for_less_often() {
        assert_eq!([false, true].map(|hidden| interval_ms(&config(), hidden)), [5_000, 30_000]);
    }

    #[test]
    fn activities_are_listed_at_first_and_then_when_the_session_has_moved() {
        let mut follow = Follow::default();
        assert!(follow.wants(&sight(0, 0), &config()));
        follow.listed(sight(0, 0), true, at(0), &config());
        assert!(!follow.wants(&sight(5, 0), &config()));
        assert!(follow.wants(&sight(10, 7), &config()));
        follow.listed(sight(10, 7), true, at(7), &config());
        assert!(!follow.wants(&sight(10, 8), &config()), "once a look");
        assert!(!follow.wants(&sight(15, 7), &config()));
        let ended = Sight { state: SessionState::Completed, ..sight(20, 7) };
        assert!(follow.wants(&ended, &config()), "the state has moved");
    }

    #[test]
    fn only_what_is_later_is_listed_once_the_list_has_shown_what_moved_the_session() {
        let knows = |newest: i64, next: Sight| {
            let mut follow = Follow::default();
            assert!(!follow.knows_the_last_instant(&sight(0, 7), &config()), "nothing was listed yet");
            follow.listed(sight(0, 7), true, at(newest), &config());
            follow.knows_the_last_instant(&next, &config())
        };
        assert!(knows(7, sight(5, 8)));
        assert!(!knows(6, sight(5, 8)), "the list lags");
        assert!(!knows(7, sight(60, 7)), "a check");
        assert!(!knows(7, Sight { state: SessionState::Failed, ..sight(5, 8) }), "the end");

        let mut follow = Follow::default();
        let known = [0, 5, 10].map(|at_s| {
            follow.listed(sight(at_s, 7), at_s == 0, at(6), &config());
            follow.knows_the_last_instant(&sight(15, 8), &config())
        });
        assert_eq!(known, [false, false, true], "what moved it was no activity");
    }

    #[test]
    fn a_list_that_lags_is_asked_again_for_some_looks() {
        let mut follow = Follow::default();
        follow.listed(sight(0, 0), false, None, &config());
        let mut lists = 0;
        for look in 1..10 {
            if follow.wants(&sight(look * 5, 0), &config()) {
                lists += 1;
                follow.listed(sight(look * 5, 0), false, None, &config());
            }
        }
        assert_eq!(lists, 2);
    }

    #[test]
    fn the_list_is_checked_now_and_then_and_relied_on_alone_when_that_was_needed() {
        let mut follow = Follow::default();
        follow.listed(sight(0, 0), true, at(0), &config());
        assert!((1..12).all(|look| !follow.wants(&sight(look * 5, 0), &config())));
        assert!(follow.wants(&sight(60, 0), &config()));
        follow.listed(sight(60, 0), false, at(0), &config());
        assert!(!follow.wants(&sight(65, 0), &config()));
        follow.listed(sight(120, 0), true, at(100), &config());
        assert!((25..30).all(|look| follow.wants(&sight(look * 5, 0), &config())));
    }

    #[test]
    fn without_an_update_time_the_list_is_asked_at_every_look() {
        let mut follow = Follow::default();
        let unknown = |at_s: i64| Sight { update_time: None, ..sight(at_s, 0) };
        follow.listed(unknown(0), true, at(0), &config());
        assert!((1..4).all(|look| follow.wants(&unknown(look * 5), &config())));
    }
}
