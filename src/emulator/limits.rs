//! How much the emulator keeps: no limit of the service's, but one of the machine's.

use super::json::Json;
use super::options::read;
use super::refusal::Refusal;
use super::session::Session;

/// How much the emulator keeps. A create or a message beyond that is refused with status 400 and a sentence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// How many sessions there can be; deleting one makes room. Default any number.
    pub sessions: Option<usize>,
    /// How many bytes the sessions can take together with all their activities, roughly; deleting one makes room. Default
    /// any number.
    pub bytes: Option<usize>,
}

impl Limits {
    /// Reads the option `limits`.
    ///
    /// # Errors
    /// A sentence that names the member which is unknown or has a value of the wrong type.
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

    /// Refuses one more session.
    pub(super) fn check_session(self, sessions: &[Session]) -> Result<(), Refusal> {
        match self.sessions {
            Some(most) if sessions.len() >= most => Err(Refusal::beyond_limits(&format!(
                "This emulator keeps {most} sessions at most, and has them. Nothing was created. Delete sessions, or raise \
                 its limit of sessions."
            ))),
            _ => Ok(()),
        }
    }

    /// Refuses a body of so many bytes, which would be kept.
    pub(super) fn check_bytes(self, sessions: &[Session], more: usize) -> Result<(), Refusal> {
        let Some(most) = self.bytes else { return Ok(()) };
        let kept = sessions.iter().fold(more, |sum, session| sum.saturating_add(session.bytes()));
        if kept <= most {
            return Ok(());
        }
        Err(Refusal::beyond_limits(&format!(
            "This emulator keeps {most} bytes at most, and this request would make it {kept}. Nothing was done. Delete \
             sessions, or raise its limit of bytes."
        )))
    }
}

/// How many bytes a value takes, roughly.
pub(super) fn weight(json: &Json) -> usize {
    const NODE: usize = 32;
    let content = match json {
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(weight).fold(0, usize::saturating_add),
        Json::Object(fields) => {
            fields.iter().map(|(name, field)| NODE + name.len() + weight(field)).fold(0, usize::saturating_add)
        }
        _ => 0,
    };
    content.saturating_add(NODE)
}
