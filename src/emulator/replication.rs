//! Replication lag of single activities: their delays, and their order in a page. Whether the service ever lists an activity
//! after a newer one, or a page out of order, is unknown.

use super::random::Random;
use super::session::Activity;
use crate::core::time::Timestamp;

/// When an activity becomes visible in lists: 0 to `max_lag_ms` milliseconds after its time, by seed and id.
pub(super) fn visible_from(seed: u64, activity: &Activity, max_lag_ms: u64) -> Timestamp {
    let delay_ms = generator(seed, activity).below(max_lag_ms.saturating_add(1));
    activity.time.plus_millis(i64::try_from(delay_ms).unwrap_or(i64::MAX))
}

/// Shuffles a page by seed and ids. The result is never in chronological order if the page has two or more activities.
pub(super) fn shuffle(seed: u64, page: &mut [&Activity]) {
    page.sort_by_cached_key(|activity| generator(seed, activity).below(u64::MAX));
    if page.is_sorted_by_key(|activity| activity.time) {
        page.reverse();
    }
}

/// The random numbers of one activity.
fn generator(seed: u64, activity: &Activity) -> Random {
    // FNV-1a.
    let hash_of_id = activity
        .id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Random::new(seed, hash_of_id)
}
