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

#[cfg(test)]
mod tests {
    use super::super::options::Options;
    use super::*;

    fn config() -> Config {
        Options::default().config
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
}
