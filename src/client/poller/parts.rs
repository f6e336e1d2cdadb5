//! What the board holds: sessions, those who watch them, and what is to be asked.

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
use crate::core::poll::Sight;
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::streak::FailureStreak;
use crate::core::time::Timestamp;

/// Before all times.
pub(super) const NEVER: i64 = i64::MIN;
/// After all times.
pub(super) const NOT_DUE: i64 = i64::MAX;

/// The time, and what goes by it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    /// Milliseconds by the local clock.
    pub(super) now: i64,
    pub(super) config: &'a Config,
    /// Whether nobody sees the page that this runs in.
    pub(super) hidden: bool,
}

/// What a look has found.
#[derive(Debug, Clone)]
pub(super) struct Found<J> {
    pub(super) state: SessionState,
    pub(super) raw_state: Option<String>,
    pub(super) update_time: Option<Timestamp>,
    /// The whole session, if the look has brought it.
    pub(super) session: Option<Rc<Session<J>>>,
}

/// What a watcher is told of.
#[derive(Debug, Clone)]
pub(in crate::client) struct Look<J> {
    /// When it was, the state, the time of the last change.
    pub(in crate::client) sight: Sight,
    /// The state as the service wrote it, if this client does not know it.
    pub(in crate::client) raw_state: Option<String>,
    /// The whole session, if the look has brought it.
    pub(in crate::client) session: Option<Rc<Session<J>>>,
}

/// Why a watcher is called.
#[derive(Debug)]
pub(in crate::client) enum News<J> {
    /// The session is seen for the first time, or has changed.
    Look(Look<J>),
    /// The session's activities were listed.
    Page(Listed<J>),
    /// The time has come that the watcher asked for.
    Time,
    /// It could not be looked at.
    Error(Error),
}

/// Something to ask the service.
#[derive(Debug, Clone)]
pub(super) enum Task {
    /// One session.
    Look(Key),
    /// Many sessions, by this many pages of the list.
    List(Vec<Key>, u32),
    /// The activities of a session, for these watchers.
    Activities(Listing),
}

/// The page that a request for activities has brought, and the look before.
#[derive(Debug, Clone)]
pub(in crate::client) struct Listed<J> {
    pub(in crate::client) sight: Sight,
    pub(in crate::client) request: PageRequest,
    pub(in crate::client) page: Rc<Page<Activity<J>>>,
}

/// A request for activities, for all who want the same after the same look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) entry: Key,
    pub(super) sight: Sight,
    pub(super) request: PageRequest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Look(Key),
    Time(Key),
}

/// A watched session.
#[derive(Debug)]
pub(super) struct Entry<J> {
    pub(super) id: String,
    pub(super) watchers: Keys,
    /// How many of the watchers wait. Nothing is asked for those that do not.
    pub(super) waiting: u32,
    /// How many of those that wait want the session itself in the end.
    pub(super) wanting: u32,
    /// Whether it is being asked for, or about to be.
    pub(super) asked: bool,
    /// The list in which it is looked for; 0: none.
    pub(super) sought_by: u32,
    pub(super) due: i64,
    /// When the last look began, and when its answer was there.
    pub(super) looked_at: i64,
    pub(super) answered_at: i64,
    pub(super) poked_at: i64,
    /// Until when the service asks to be left alone.
    pub(super) rests_until: i64,
    /// Counts the changes. 0: never seen.
    pub(super) version: u32,
    pub(super) state: SessionState,
    pub(super) raw_state: Option<String>,
    pub(super) update_time: Option<Timestamp>,
    /// When it was last seen going on.
    pub(super) went_on: Option<Sight>,
    /// As it was last brought whole, and when that was.
    pub(super) session: Option<(i64, Rc<Session<J>>)>,
    /// Where in the list of sessions it was last seen; a guess, if it never was.
    pub(super) place: u32,
    pub(super) is_listed: bool,
    /// Whether it was last looked at by way of the list.
    pub(super) by_list: bool,
    /// Which of those that are watched came after it there.
    pub(super) followed_by: Key,
    /// How often it was asked for by itself since it was not in the list.
    pub(super) alone: u32,
}

/// Somebody who watches a session.
#[derive(Debug)]
pub(super) struct Watcher<J> {
    pub(super) entry: Key,
    /// There while it waits.
    pub(super) waker: Option<Waker>,
    /// That of the call that waits.
    pub(super) context: Option<Rc<CallContext>>,
    /// Looks that began before are none for it: it may have changed the session before it came.
    pub(super) joined_at: i64,
    /// The version that it was told of, and when the look began that showed it.
    pub(super) seen: u32,
    pub(super) seen_at: i64,
    /// Whether it is to be given the next look though nothing has changed.
    pub(super) wants_next: bool,
    /// Whether it has seen the session. From then on a failed poll concerns it only as `failures` says.
    pub(super) has_begun: bool,
    /// Of the polls of the session.
    pub(super) failures: FailureStreak,
    pub(super) error: Option<Error>,
    pub(super) wakes_at: i64,
    pub(super) is_time: bool,
    pub(super) follower: Option<Box<Follower<J>>>,
}

/// What whoever reads the activities adds to a watcher.
#[derive(Debug)]
pub(super) struct Follower<J> {
    pub(super) plan: Follow,
    /// Of the requests for its activities.
    pub(super) failures: FailureStreak,
    pub(super) request: PageRequest,
    /// For when what is later than it knows is enough.
    pub(super) narrow: Option<PageRequest>,
    /// What it has asked for and not got yet.
    pub(super) asked: Option<Listing>,
    pub(super) page: Option<Listed<J>>,
}

impl<J> Default for Follower<J> {
    fn default() -> Self {
        Self {
            plan: Follow::default(),
            failures: FailureStreak::default(),
            request: PageRequest::default(),
            narrow: None,
            asked: None,
            page: None,
        }
    }
}

impl<J> Follower<J> {
    /// Whether what it has asked for is on its way.
    pub(super) fn is_served_soon(&self) -> bool {
        self.asked.as_ref().is_some_and(|listing| !listing.request.is_routine)
    }
}

impl<J: JsonView> Entry<J> {
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            watchers: Keys::default(),
            waiting: 0,
            wanting: 0,
            asked: false,
            sought_by: 0,
            due: NOT_DUE,
            looked_at: NEVER,
            answered_at: NEVER,
            poked_at: NEVER,
            rests_until: NEVER,
            version: 0,
            state: SessionState::default(),
            raw_state: None,
            update_time: None,
            went_on: None,
            session: None,
            // Sessions that are watched are mostly among the newest.
            place: 0,
            is_listed: false,
            by_list: false,
            followed_by: Key::default(),
            alone: 0,
        }
    }

    /// Whether somebody wants the session itself in the end.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanting > 0
    }

    /// Whether somebody waits for its activities.
    pub(super) fn is_followed(&self) -> bool {
        self.waiting > self.wanting
    }

    pub(super) fn sight(&self) -> Sight {
        Sight { at_ms: self.looked_at, state: self.state, update_time: self.update_time }
    }

    pub(super) fn look(&self) -> Look<J> {
        let session = self.session.as_ref().filter(|(at, _)| *at == self.looked_at);
        Look {
            sight: self.sight(),
            raw_state: self.raw_state.clone(),
            session: session.map(|(_, session)| Rc::clone(session)),
        }
    }
}

impl<J> Watcher<J> {
    pub(super) fn has_news_of(&self, entry: &Entry<J>) -> bool {
        let is_next = self.wants_next && entry.looked_at > self.seen_at;
        entry.looked_at >= self.joined_at && (entry.version != self.seen || is_next)
    }
}
