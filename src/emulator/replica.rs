//! What each activity has of its own where the copies of the data lag behind: a delay, and a place in its page. Whether
//! the service ever shows an activity after a newer one, or a page out of order, is unknown.

use super::random::Random;
use super::session::Activity;
use crate::core::time::Timestamp;

/// When an activity comes to be listed: 0 to `most` milliseconds after its time, which follows from the seed and the id.
pub(super) fn visible_from(seed: u64, activity: &Activity, most: u64) -> Timestamp {
    let delay_ms = own(seed, activity).below(most.saturating_add(1));
    activity.time.plus_millis(i64::try_from(delay_ms).unwrap_or(i64::MAX))
}

/// Puts a page into an order that follows from the seed and the ids, and is never that of the times.
pub(super) fn shuffle(seed: u64, page: &mut [&Activity]) {
    page.sort_by_cached_key(|activity| own(seed, activity).below(u64::MAX));
    if page.is_sorted_by_key(|activity| activity.time) {
        page.reverse();
    }
}

fn own(seed: u64, activity: &Activity) -> Random {
    // FNV-1a: one number of an id.
    let number = activity
        .id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Random::new(seed, number)
}
