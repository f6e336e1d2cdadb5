//! A session in the registry.

use std::rc::Rc;

use super::event::SessionUpdate;
use super::keys::{SessionKey, SubscriberKey};
use super::moment::{NEVER, NOT_DUE};
use crate::core::json_view::JsonView;
use crate::core::poll::SessionSnapshot;
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::time::Timestamp;

/// A polled session.
#[derive(Debug)]
pub(super) struct Entry<J> {
    pub(super) id: String,
    pub(super) subscribers: Vec<SubscriberKey>,
    /// The number of waiting subscribers. Nothing is requested for the others.
    pub(super) waiting: u32,
    /// The number of waiting subscribers of the session itself, not its activities.
    pub(super) waiting_for_session: u32,
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
    pub(super) next_in_list: SessionKey,
    /// The number of single polls since it was not in the list.
    pub(super) single_polls: u32,
}

impl<J: JsonView> Entry<J> {
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            subscribers: Vec::new(),
            waiting: 0,
            waiting_for_session: 0,
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
            next_in_list: SessionKey::default(),
            single_polls: 0,
        }
    }

    /// Whether a waiting subscriber needs the session itself.
    pub(super) fn needs_session(&self) -> bool {
        self.waiting_for_session > 0
    }

    /// Whether a subscriber waits for its activities.
    pub(super) fn is_followed(&self) -> bool {
        self.waiting > self.waiting_for_session
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
