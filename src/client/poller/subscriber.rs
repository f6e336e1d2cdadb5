//! A subscriber in the registry.

use std::rc::Rc;
use std::task::Waker;

use super::entry::Entry;
use super::event::ListedPage;
use super::keys::SessionKey;
use super::task::Listing;
use crate::client::call_context::CallContext;
use crate::client::lists::PageRequest;
use crate::core::error::Error;
use crate::core::follow::Follow;
use crate::core::streak::FailureStreak;

/// A subscriber of a session or its activities.
#[derive(Debug)]
pub(super) struct Subscriber<J> {
    pub(super) entry: SessionKey,
    /// `Some` while it waits.
    pub(super) waker: Option<Waker>,
    /// The context of the waiting call.
    pub(super) context: Option<Rc<CallContext>>,
    /// Polls that started earlier do not count for it: its caller may have changed the session just before.
    pub(super) subscribed_at: i64,
    /// The last version that it got, and when the poll of that started.
    pub(super) seen: u32,
    pub(super) seen_at: i64,
    /// Whether it gets the next poll even without a change.
    pub(super) needs_next_poll: bool,
    /// Whether it has seen the session. From then on failed polls end its wait only by the rule of `failures`.
    pub(super) has_seen_session: bool,
    /// The failures of polls of the session.
    pub(super) failures: FailureStreak,
    pub(super) error: Option<Error>,
    pub(super) wakes_at: i64,
    pub(super) timer_has_fired: bool,
    pub(super) follower: Option<Box<Follower<J>>>,
}

impl<J> Subscriber<J> {
    pub(super) fn has_event_of(&self, entry: &Entry<J>) -> bool {
        let is_next = self.needs_next_poll && entry.polled_at > self.seen_at;
        entry.polled_at >= self.subscribed_at && (entry.version != self.seen || is_next)
    }
}

/// The additional state of a subscriber of activities.
#[derive(Debug)]
pub(super) struct Follower<J> {
    pub(super) plan: Follow,
    /// The failures of lists of activities.
    pub(super) failures: FailureStreak,
    pub(super) request: PageRequest,
    /// The request for activities newer than the known ones.
    pub(super) narrow: Option<PageRequest>,
    /// Its pending request.
    pub(super) pending: Option<Listing>,
    pub(super) page: Option<ListedPage<J>>,
}

impl<J> Default for Follower<J> {
    fn default() -> Self {
        Self {
            plan: Follow::default(),
            failures: FailureStreak::default(),
            request: PageRequest::default(),
            narrow: None,
            pending: None,
            page: None,
        }
    }
}

impl<J> Follower<J> {
    /// Whether it waits for a list that is not a routine check.
    pub(super) fn awaits_new(&self) -> bool {
        self.pending.as_ref().is_some_and(|listing| !listing.request.is_routine)
    }
}
