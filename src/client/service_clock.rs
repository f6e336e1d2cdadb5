//! The service's clock, as shown by the `Date` headers of its responses.

use std::cell::Cell;

use crate::core::time::Timestamp;

/// How long the service's clock is assumed to run like the local one before it is read again from a successful response.
/// Reading a header is as expensive as reading a small body.
const VALID_MS: i64 = 30_000;

/// The known state of the service's clock. Local times are those of the host's monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct ServiceClock {
    /// A time of the service and the local time at which it was read.
    seen: Cell<Option<(Timestamp, i64)>>,
    /// When a response was last read for it, with or without a `Date` header: pages cannot read that of another origin.
    read_at: Cell<Option<i64>>,
}

impl ServiceClock {
    /// A response was read at this time.
    pub(crate) fn observe(&self, date: Option<Timestamp>, now: i64) {
        self.read_at.set(Some(now));
        if let Some(date) = date {
            self.seen.set(Some((date, now)));
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
        let (date, seen_at) = self.seen.get()?;
        Some(date.plus_millis(local.saturating_sub(seen_at)))
    }

    /// The local time at this time of the service, if known.
    pub(crate) fn local_at(&self, time: Timestamp) -> Option<i64> {
        let (date, seen_at) = self.seen.get()?;
        Some(seen_at.saturating_sub(date.as_millis() - time.as_millis()))
    }
}
