//! What a subscriber receives.

use std::rc::Rc;

use crate::client::lists::PageRequest;
use crate::core::activity::Activity;
use crate::core::error::Error;
use crate::core::page::Page;
use crate::core::poll::SessionSnapshot;
use crate::core::session::Session;

/// An event for a subscriber.
#[derive(Debug)]
pub(in crate::client) enum Event<J> {
    /// The session was seen for the first time or has changed.
    Update(SessionUpdate<J>),
    /// The session's activities were listed.
    Page(ListedPage<J>),
    /// The time that the subscriber set has come.
    Timer,
    /// Polling has failed.
    Error(Error),
}

/// The session as a poll has shown it, for a subscriber.
#[derive(Debug, Clone)]
pub(in crate::client) struct SessionUpdate<J> {
    /// The time of the poll, the state and the update time.
    pub(in crate::client) snapshot: SessionSnapshot,
    /// The state as the service wrote it, if this client does not know it.
    pub(in crate::client) raw_state: Option<String>,
    /// The whole session, if the poll has requested it.
    pub(in crate::client) session: Option<Rc<Session<J>>>,
}

/// The first page of a list of activities, with the snapshot of the poll before it.
#[derive(Debug, Clone)]
pub(in crate::client) struct ListedPage<J> {
    pub(in crate::client) snapshot: SessionSnapshot,
    pub(in crate::client) request: PageRequest,
    pub(in crate::client) page: Rc<Page<Activity<J>>>,
}
