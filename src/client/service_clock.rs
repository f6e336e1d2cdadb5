//! The service's clock, as shown by the `Date` headers of its responses.

use std::cell::Cell;

use crate::core::outcome::reconcile::DISMISSED_MS;
use crate::core::time::Timestamp;

/// How long the service's clock is assumed to run like the local one before it is read again from a successful response.
/// Reading a header is as expensive as reading a small body.
const VALID_MS: i64 = 30_000;

/// By how much the service's clock may be ahead of the wall clock for a time of it to be recorded, or taken for the start of a silence.
const MOST_AHEAD_MS: i64 = DISMISSED_MS / 2;

/// The known state of the service's clock. Local times are those of the host's monotonic clock.
///
/// A proxy may set `Date` by its own clock. Were that hours ahead, a session that was just created would count as older than its
/// create by hours, be dismissed, and be created again. So what is old must be so by the wall clock too: if
/// that is wrong, the client only dismisses less, and waits longer, than it could.
#[derive(Debug, Default)]
pub(crate) struct ServiceClock {
    /// A time of the service, the local time at which it was read, and by how much the service's was ahead of the wall clock.
    seen: Cell<Option<(Timestamp, i64, i64)>>,
    /// When a response was last read for it, with or without a `Date` header: pages cannot read that of another origin.
    read_at: Cell<Option<i64>>,
}

impl ServiceClock {
    /// A response was read at this time.
    pub(crate) fn observe(&self, date: Option<Timestamp>, now: i64, wall_clock_ms: i64) {
        self.read_at.set(Some(now));
        if let Some(date) = date {
            self.seen.set(Some((date, now, date.as_millis() - wall_clock_ms)));
        }
    }

    /// Whether the `Date` header of the next successful response should be read.
    pub(crate) fn is_stale(&self, now: i64) -> bool {
        self.read_at.get().is_none_or(|read_at| now.saturating_sub(read_at) >= VALID_MS)
    }

    /// Causes the clock to be read again from the next response.
    pub(crate) fn expire(&self) {
        self.read_at.set(None);
    }

    /// The service's time at this local time, if known.
    pub(crate) fn time_at(&self, local: i64) -> Option<Timestamp> {
        let (date, seen_at, _) = self.seen.get()?;
        Some(date.plus_millis(local.saturating_sub(seen_at)))
    }

    /// By how many milliseconds the service's clock is ahead of the wall clock; 0 if it is not.
    pub(crate) fn ahead_ms(&self) -> i64 {
        self.seen.get().map_or(0, |(_, _, ahead_ms)| ahead_ms.max(0))
    }

    fn is_certain(&self) -> bool {
        self.ahead_ms() <= MOST_AHEAD_MS
    }

    /// The same as [`Self::time_at`], but `None` unless something that is older than it by [`DISMISSED_MS`] is so by the wall
    /// clock too.
    pub(crate) fn certain_time_at(&self, local: i64) -> Option<Timestamp> {
        self.time_at(local).filter(|_| self.is_certain())
    }

    /// The local time at this time of the service, if known. By the wall clock if that is behind: a silence is no longer than both
    /// clocks say. `None` if they differ by so much that neither is certain.
    pub(crate) fn local_at(&self, time: Timestamp) -> Option<i64> {
        let (date, seen_at, _) = self.seen.get().filter(|_| self.is_certain())?;
        Some(seen_at.saturating_sub(date.as_millis() - self.ahead_ms() - time.as_millis()))
    }
}
