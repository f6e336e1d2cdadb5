//! The moment at which the registry is asked or changed.

use crate::core::options::Config;

/// Before all times.
pub(super) const NEVER: i64 = i64::MIN;
/// After all times.
pub(super) const NOT_DUE: i64 = i64::MAX;

/// The current time and what schedules depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    /// Milliseconds by the local clock.
    pub(super) now: i64,
    pub(super) config: &'a Config,
    /// Whether the page is hidden.
    pub(super) hidden: bool,
}
