//! Limits of the emulator's own memory. They are not limits of the service.

use super::api_error::ApiError;
use super::json::Json;
use super::json::read;
use super::session::Session;

/// Limits of the emulator's memory. A create or a message beyond them is rejected with status 400 and an explanation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// The largest number of sessions; deleting one makes room. Default unlimited.
    pub sessions: Option<usize>,
    /// The approximate size in bytes of all sessions with their activities; deleting one makes room. Default unlimited.
    pub bytes: Option<usize>,
}

impl Limits {
    /// Parses the option `limits`.
    ///
    /// # Errors
    /// A sentence that names the member that is unknown or has a value of the wrong type.
    pub(super) fn from_json(json: &Json) -> Result<Self, String> {
        let members = json.as_object().ok_or("option \"limits\": must be an object")?;
        let mut limits = Self::default();
        for (member, value) in members {
            let name = format!("limits.{member}");
            match member.as_str() {
                "sessions" => limits.sessions = read(&name, value)?,
                "bytes" => limits.bytes = read(&name, value)?,
                _ => return Err(format!("option \"limits\": unknown member \"{member}\"")),
            }
        }
        Ok(limits)
    }

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
