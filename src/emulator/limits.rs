//! Limits of the emulator's own memory. They are not limits of the service.

use super::api_error::ApiError;
use super::session::Session;
use serde::Deserialize;

/// Limits of the emulator's memory. A create or a message beyond them is rejected with status 400 and an explanation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest number of sessions; deleting one makes room. Default unlimited.
    pub sessions: Option<usize>,
    /// The approximate size in bytes of all sessions with their activities; deleting one makes room. Default unlimited.
    pub bytes: Option<usize>,
}

impl Limits {
    /// Checks that there is room for one more session.
    pub(super) fn check_session(self, sessions: &[Session]) -> Result<(), ApiError> {
        match self.sessions {
            Some(max) if sessions.len() >= max => Err(ApiError::beyond_limits(&format!(
                "The emulator has reached its limit of {max} sessions. No session was created. Delete sessions or raise \
                 the limit."
            ))),
            _ => Ok(()),
        }
    }

    /// Checks that there is room for the content of a request body of this size.
    pub(super) fn check_bytes(self, sessions: &[Session], body_bytes: usize) -> Result<(), ApiError> {
        let Some(max) = self.bytes else { return Ok(()) };
        let total = sessions.iter().fold(body_bytes, |sum, session| sum.saturating_add(session.bytes()));
        if total <= max {
            return Ok(());
        }
        Err(ApiError::beyond_limits(&format!(
            "The emulator has a limit of {max} bytes for all sessions, and this request would need {total}. Nothing was \
             done. Delete sessions or raise the limit."
        )))
    }
}
