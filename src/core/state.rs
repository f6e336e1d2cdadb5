//! The states of a session.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Where a session is in its life. The service's enum is complete as of its discovery document; a state that is not
/// in it is kept as [`SessionState::Unspecified`], beside the text as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SessionState {
    /// The service did not say, or said something that this client does not know. Not terminal.
    #[default]
    Unspecified,
    /// Waiting to start.
    Queued,
    /// The agent reads the request and writes a plan.
    Planning,
    /// The plan waits for the user's approval.
    AwaitingPlanApproval,
    /// The agent waits for the user's answer.
    AwaitingUserFeedback,
    /// The agent works.
    InProgress,
    /// Stopped for now, by archiving or by itself. Not terminal.
    Paused,
    /// Ended by an error.
    Failed,
    /// Ended well. A message, a comment on its pull request or a failing check can revive it.
    Completed,
}

/// Each state with the service's name and the name in this client's API.
const NAMES: [(SessionState, &str, &str); 9] = [
    (SessionState::Unspecified, "STATE_UNSPECIFIED", "unspecified"),
    (SessionState::Queued, "QUEUED", "queued"),
    (SessionState::Planning, "PLANNING", "planning"),
    (SessionState::AwaitingPlanApproval, "AWAITING_PLAN_APPROVAL", "awaitingPlanApproval"),
    (SessionState::AwaitingUserFeedback, "AWAITING_USER_FEEDBACK", "awaitingUserFeedback"),
    (SessionState::InProgress, "IN_PROGRESS", "inProgress"),
    (SessionState::Paused, "PAUSED", "paused"),
    (SessionState::Failed, "FAILED", "failed"),
    (SessionState::Completed, "COMPLETED", "completed"),
];

impl SessionState {
    /// The state by the service's name, or `None` if this client does not know it.
    pub fn from_wire(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, wire, _)| *wire == name).map(|(state, _, _)| *state)
    }

    /// The state that the service writes so, and its word if this client does not know it. An empty word is none.
    pub fn read(word: &str) -> (Self, Option<String>) {
        if word.is_empty() {
            return Default::default();
        }
        let state = Self::from_wire(word);
        (state.unwrap_or_default(), state.is_none().then(|| word.to_owned()))
    }

    /// The service's name.
    pub fn wire_name(self) -> &'static str {
        NAMES.iter().find(|(state, ..)| *state == self).map_or("STATE_UNSPECIFIED", |(_, wire, _)| wire)
    }

    /// The state by its name in this client's API (`awaitingPlanApproval`).
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, _, public)| *public == name).map(|(state, _, _)| *state)
    }

    /// The name in this client's API.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(state, _, _)| *state == self).map_or("unspecified", |(_, _, public)| public)
    }

    /// All names in this client's API, for messages.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(_, _, public)| *public)
    }

    /// Whether the session has ended. Unknown states and pauses have not.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

impl Serialize for SessionState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for SessionState {
    /// Reads the name in this client's API.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| de::Error::custom("is not a state of a session"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_both_of_its_names_and_is_found_by_them() {
        for (state, wire, public) in NAMES {
            assert_eq!(SessionState::from_wire(wire), Some(state));
            assert_eq!(SessionState::from_name(public), Some(state));
            assert_eq!(state.name(), public);
        }
        assert_eq!(SessionState::from_wire("CANCELLED"), None);
    }

    #[test]
    fn only_completed_and_failed_are_terminal() {
        let terminal: Vec<_> = NAMES.iter().filter(|(state, _, _)| state.is_terminal()).map(|(_, _, n)| *n).collect();
        assert_eq!(terminal, ["failed", "completed"]);
    }
}
