//! The states of a session.

use serde::{Serialize, Serializer};

use super::json_view::JsonView;

/// The state of a session: all states of the service's discovery document. Any other one is read as
/// [`SessionState::Unspecified`] and kept as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SessionState {
    /// Missing, or a state that this version does not know. Not terminal.
    #[default]
    Unspecified,
    /// Waiting to start.
    Queued,
    /// The agent writes a plan.
    Planning,
    /// The plan needs the user's approval.
    AwaitingPlanApproval,
    /// The agent needs a reply of the user.
    AwaitingUserFeedback,
    /// The agent works.
    InProgress,
    /// Paused, by archiving or by itself. Not terminal.
    Paused,
    /// The session has failed.
    Failed,
    /// The session was completed. A message, a comment on its pull request or a failing check can revive it.
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
    /// The state with this name of the service, or `None` if this version does not know it.
    pub fn from_wire(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, wire, _)| *wire == name).map(|(state, _, _)| *state)
    }

    /// The state with this name of the service, and the name itself if this version does not know it and it is not empty.
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

    /// The state with this name in this client's API (`awaitingPlanApproval`).
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, _, public)| *public == name).map(|(state, _, _)| *state)
    }

    /// The name in this client's API.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(state, _, _)| *state == self).map_or("unspecified", |(_, _, public)| public)
    }

    /// The states with these names in this client's API.
    pub fn read_all<J: JsonView>(names: &J) -> Vec<Self> {
        names.items().iter().filter_map(|name| Self::from_name(&name.string()?)).collect()
    }

    /// All names in this client's API, for messages.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(_, _, public)| *public)
    }

    /// Whether the state is terminal. Unknown states and `paused` are not.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

impl Serialize for SessionState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_found_by_both_of_its_names() {
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
