//! The contents of the registry: sessions, subscribers, tasks and events.

use std::rc::Rc;
use std::task::Waker;

use super::slab::{Key, Keys};
use crate::client::call_context::CallContext;
use crate::client::lists::PageRequest;
use crate::core::activity::Activity;
use crate::core::error::Error;
use crate::core::follow::Follow;
use crate::core::json_view::JsonView;
use crate::core::options::Config;
use crate::core::page::Page;
use crate::core::poll::SessionSnapshot;
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::streak::FailureStreak;
use crate::core::time::Timestamp;

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

/// The result of a poll.
#[derive(Debug, Clone)]
pub(super) struct PollResult<J> {
    pub(super) state: SessionState,
    pub(super) raw_state: Option<String>,
    pub(super) update_time: Option<Timestamp>,
    /// The whole session, if the poll has requested it.
    pub(super) session: Option<Rc<Session<J>>>,
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

/// A request to send.
#[derive(Debug, Clone)]
pub(super) enum Task {
    /// One session.
    Poll(Key),
    /// Many sessions, by this many pages of the list.
    List(Vec<Key>, u32),
    /// The activities of a session.
    Activities(Listing),
}

/// The first page of a list of activities, with the snapshot of the poll before it.
#[derive(Debug, Clone)]
pub(in crate::client) struct ListedPage<J> {
    pub(in crate::client) snapshot: SessionSnapshot,
    pub(in crate::client) request: PageRequest,
    pub(in crate::client) page: Rc<Page<Activity<J>>>,
}

/// A list of activities after a poll, shared by all subscribers with the same request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) entry: Key,
    pub(super) snapshot: SessionSnapshot,
    pub(super) request: PageRequest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Poll(Key),
    Timer(Key),
}

/// A polled session.
#[derive(Debug)]
pub(super) struct Entry<J> {
    pub(super) id: String,
    pub(super) subscribers: Keys,
    /// The number of waiting subscribers. Nothing is requested for the others.
    pub(super) waiting: u32,
    /// The number of waiting subscribers of the session itself, not its activities.
    pub(super) wanting_session: u32,
    /// Whether a poll is in flight or queued.
    pub(super) requested: bool,
    /// The number of the search for it in a list; 0: none.
    pub(super) searched_by: u32,
    pub(super) due: i64,
    /// When the last poll started, and when its response arrived.
    pub(super) polled_at: i64,
    pub(super) answered_at: i64,
    pub(super) expedited_at: i64,
    /// Until when the service asks for a pause.
    pub(super) throttled_until: i64,
    /// The number of changes seen. 0: never polled.
    pub(super) version: u32,
    pub(super) state: SessionState,
    pub(super) raw_state: Option<String>,
    pub(super) update_time: Option<Timestamp>,
    /// The last snapshot that was not terminal.
    pub(super) last_running: Option<SessionSnapshot>,
    /// The last whole session, with the time of its poll.
    pub(super) session: Option<(i64, Rc<Session<J>>)>,
    /// Its last known position in the list of sessions; a guess if it was never there.
    pub(super) position: u32,
    pub(super) is_listed: bool,
    /// Whether it was last polled by the list.
    pub(super) by_list: bool,
    /// The polled session that followed it there.
    pub(super) next_in_list: Key,
    /// The number of single polls since it was not in the list.
    pub(super) single_polls: u32,
}

/// A subscriber of a session or its activities.
#[derive(Debug)]
pub(super) struct Subscriber<J> {
    pub(super) entry: Key,
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
    pub(super) wants_next: bool,
    /// Whether it has seen the session. From then on failed polls end its wait only by the rule of `failures`.
    pub(super) has_seen_session: bool,
    /// The failures of polls of the session.
    pub(super) failures: FailureStreak,
    pub(super) error: Option<Error>,
    pub(super) wakes_at: i64,
    pub(super) timer_has_fired: bool,
    pub(super) follower: Option<Box<Follower<J>>>,
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

impl<J: JsonView> Entry<J> {
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            subscribers: Keys::default(),
            waiting: 0,
            wanting_session: 0,
            requested: false,
            searched_by: 0,
            due: NOT_DUE,
            polled_at: NEVER,
            answered_at: NEVER,
            expedited_at: NEVER,
            throttled_until: NEVER,
            version: 0,
            state: SessionState::default(),
            raw_state: None,
            update_time: None,
            last_running: None,
            session: None,
            // Polled sessions are usually among the newest.
            position: 0,
            is_listed: false,
            by_list: false,
            next_in_list: Key::default(),
            single_polls: 0,
        }
    }

    /// Whether a waiting subscriber needs the session itself.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanting_session > 0
    }

    /// Whether a subscriber waits for its activities.
    pub(super) fn is_followed(&self) -> bool {
        self.waiting > self.wanting_session
    }

    pub(super) fn snapshot(&self) -> SessionSnapshot {
        SessionSnapshot { at_ms: self.polled_at, state: self.state, update_time: self.update_time }
    }

    pub(super) fn update(&self) -> SessionUpdate<J> {
        let session = self.session.as_ref().filter(|(at, _)| *at == self.polled_at);
        SessionUpdate {
            snapshot: self.snapshot(),
            raw_state: self.raw_state.clone(),
            session: session.map(|(_, session)| Rc::clone(session)),
        }
    }
}

impl<J> Subscriber<J> {
    pub(super) fn has_event_of(&self, entry: &Entry<J>) -> bool {
        let is_next = self.wants_next && entry.polled_at > self.seen_at;
        entry.polled_at >= self.subscribed_at && (entry.version != self.seen || is_next)
    }
}
