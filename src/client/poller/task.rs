//! The requests of the poller, and when they are due.

use super::keys::{SessionKey, SubscriberKey};
use crate::client::lists::PageRequest;
use crate::core::poll::SessionSnapshot;

/// A request to send.
#[derive(Debug, Clone)]
pub(super) enum Task {
    /// One session.
    Poll(SessionKey),
    /// Many sessions, by this many pages of the list.
    List(Vec<SessionKey>, u32),
    /// The activities of a session.
    Activities(Listing),
}

/// A list of activities after a poll, shared by all subscribers with the same request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) entry: SessionKey,
    pub(super) snapshot: SessionSnapshot,
    pub(super) request: PageRequest,
}

/// What is due at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Poll(SessionKey),
    Timer(SubscriberKey),
}
