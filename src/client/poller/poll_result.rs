//! The result of a poll.

use std::rc::Rc;

use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::time::Timestamp;

/// The result of a poll.
#[derive(Debug, Clone)]
pub(super) struct PollResult<J> {
    pub(super) state: SessionState,
    pub(super) raw_state: Option<String>,
    pub(super) update_time: Option<Timestamp>,
    /// The whole session, if the poll has requested it.
    pub(super) session: Option<Rc<Session<J>>>,
}

impl<J> PollResult<J> {
    /// The result of a poll without the whole session.
    pub(super) fn without_session(session: Session<J>) -> Self {
        let Session { state, raw_state, update_time, .. } = session;
        Self { state, raw_state, update_time, session: None }
    }

    /// The result of a poll of the whole session.
    pub(super) fn with(session: Session<J>) -> Self {
        let (state, raw_state, update_time) = (session.state, session.raw_state.clone(), session.update_time);
        Self { state, raw_state, update_time, session: Some(Rc::new(session)) }
    }
}
