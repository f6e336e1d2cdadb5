//! The polling policy: when sessions are polled, and how many by one list. Times are milliseconds of the local monotonic
//! clock.

use super::options::Config;
use super::page::MAX_PAGE_SIZE;
use super::state::SessionState;
use super::time::Timestamp;

/// Lists are not read beyond this position.
const LAST_POSITION: u32 = 1_000_000;

/// The position of a session that is not in the list: archived, deleted, or too far down.
pub const UNLISTED: u32 = u32::MAX;

/// After this many single polls a session is searched for in the list again.
pub const SINGLE_POLLS: u32 = 12;

/// The number of lists between polls of one of their sessions alone. It is not documented how soon lists show a change; this
/// detects lists that lag for long or forever.
pub const LISTS_BETWEEN_SPOT_CHECKS: u32 = 6;

/// The factor of the interval in a hidden page, whose timers browsers slow down anyway.
const HIDDEN_FACTOR: u64 = 6;

/// How many sessions are polled singly without spacing.
const FEW: u32 = 3;

/// How many more entries are listed than needed, since new sessions may have been created.
const SLACK: u32 = 10;

/// A duration as a difference of local times.
pub fn millis(span: u64) -> i64 {
    i64::try_from(span).unwrap_or(i64::MAX)
}

/// Milliseconds from the response of a poll to the next poll. The same for every state: an unknown state must never make the
/// client poll faster. So a single session never needs more requests than with a simple polling loop.
pub fn interval_ms(config: &Config, hidden: bool) -> u64 {
    config.polling_interval_ms.saturating_mul(if hidden { HIDDEN_FACTOR } else { 1 })
}

/// The same for sessions that are polled as a group or whose activities are listed after a poll. It is shorter by the time from
/// the middle of one poll to the end of the next and of the activity list after it, and by the time of `turns`, so that
/// changes arrive within one interval. At least half the interval.
///
/// A poll whose round trip alone would exceed this is not compensated: the service has a problem or is overloaded, and must not
/// be polled more often.
pub fn group_pause_ms(interval: i64, took: i64, turns: i64) -> i64 {
    let most = interval / 2;
    let trip = took.max(0).saturating_mul(5) / 2;
    let trip = if trip <= most { trip } else { 0 };
    interval - trip.saturating_add(turns).min(most)
}

/// Milliseconds for listing the activities of all followed sessions in turn.
pub fn turns_ms(config: &Config, followed: u32, watched: u32) -> i64 {
    millis(u64::from(followed).saturating_mul(spacing_ms(config, watched)))
}

/// Milliseconds between the starts of two requests of the poller, to avoid bursts. A round over all sessions takes at most half
/// an interval, and no request waits longer than 100 ms for the previous one.
pub fn spacing_ms(config: &Config, watched: u32) -> u64 {
    const LONGEST: u64 = 100;
    if watched <= FEW {
        0
    } else {
        (config.polling_interval_ms / u64::from(watched.max(MAX_PAGE_SIZE)) / 2).min(LONGEST)
    }
}

/// Milliseconds for which first polls are collected while other sessions are polled, so that sessions that are created one
/// after the other are polled together.
pub fn gathering_ms(config: &Config) -> i64 {
    const LONGEST: u64 = 500;
    millis((config.polling_interval_ms / 10).min(LONGEST))
}

/// Milliseconds until the next poll after this client has changed the session.
pub fn expedited_ms(config: &Config) -> u64 {
    config.polling_interval_ms.min(1000)
}

/// How many pages of the list of sessions cost less than polling these sessions singly, by their last known positions in the
/// list: 0 if none do. Sessions that are not on these pages are polled singly.
///
/// ```
/// use jules_wasm::core::poll::pages_worthwhile;
/// assert_eq!(pages_worthwhile([0, 7]), 1, "one request instead of two");
/// assert_eq!(pages_worthwhile([0]), 0);
/// assert_eq!(pages_worthwhile([0, 7, 950]), 1, "nine more pages cost more than polling one session");
/// ```
pub fn pages_worthwhile(places: impl IntoIterator<Item = u32>) -> u32 {
    // The number of sessions on each page.
    let mut pages: Vec<u32> = Vec::new();
    let mut all = 0;
    for place in places.into_iter().filter(|place| *place < LAST_POSITION) {
        let page = (place / MAX_PAGE_SIZE) as usize;
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

/// The page size that includes this position, and not much more, since each entry costs bytes.
pub fn page_size(last_place: u32) -> u32 {
    (last_place + 1 + SLACK).next_multiple_of(SLACK).min(MAX_PAGE_SIZE)
}

/// The part of a poll's result that shows whether the session has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionSnapshot {
    /// When the poll started.
    pub at_ms: i64,
    /// The session's state.
    pub state: SessionState,
    /// The session's `updateTime`.
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
    fn pages_are_listed_if_they_cost_less_than_single_requests() {
        for (places, pages) in [
            (vec![], 0),
            (vec![5], 0),
            (vec![5, 6], 1),
            (vec![5, 150], 0),
            (vec![5, 6, 150], 1),
            (vec![5, 6, 150, 151, 152], 2),
            (vec![UNLISTED, UNLISTED, 3], 0),
            (vec![250, 251, 252], 0),
            (vec![250, 251, 252, 253], 3),
            ((0..60).collect(), 1),
        ] {
            assert_eq!(pages_worthwhile(places.clone()), pages, "{places:?}");
        }
    }

    #[test]
    fn a_page_has_slightly_more_entries_than_needed() {
        assert_eq!([0, 1, 9, 30, 95, 99].map(page_size), [20, 20, 20, 50, 100, 100]);
        assert!((0..MAX_PAGE_SIZE).all(|place| page_size(place) > place));
    }

    #[test]
    fn a_round_of_single_polls_takes_at_most_half_an_interval() {
        for watched in [1, 2, 3, 4, 60, 100, 1_000, 10_000] {
            assert!(u64::from(watched) * spacing_ms(&config(), watched) <= 2_500, "{watched}");
        }
        assert_eq!(spacing_ms(&config(), 100), 25);
        assert_eq!(spacing_ms(&config(), 3), 0, "few sessions have no spacing");
        let patient = Config { polling_interval_ms: 600_000, ..config() };
        assert_eq!((spacing_ms(&patient, 20), gathering_ms(&patient)), (100, 500), "however long the interval");
    }

    #[test]
    fn the_pause_is_at_least_half_an_interval() {
        let pause = |took, followed| group_pause_ms(5_000, took, turns_ms(&config(), followed, followed.max(100)));
        assert_eq!([0, 1, 20, 100].map(|followed| pause(0, followed)), [5_000, 4_975, 4_500, 2_500]);
        assert_eq!([-5, 0, 200, 1_000].map(|took| pause(took, 0)), [5_000, 5_000, 4_500, 2_500]);
        assert_eq!([200, 600].map(|took| pause(took, 100)), [2_500, 2_500]);
        assert_eq!([1_001, 60_000].map(|took| pause(took, 0)), [5_000, 5_000], "slow polls are not compensated");
    }

    #[test]
    fn hidden_pages_poll_less_often() {
        assert_eq!([false, true].map(|hidden| interval_ms(&config(), hidden)), [5_000, 30_000]);
    }
}
