//! Sessions: the fields that decisions need.

use super::json_view::JsonView;
use super::row::{FromRow, name_and_id};
use super::state::SessionState;
use super::time::Timestamp;

/// A session: the fields that decisions need, and the value as sent by the service, from which rarely needed texts are read on
/// demand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Session<J> {
    /// Resource name, `sessions/{id}`.
    pub name: String,
    /// Decimal, some 20 digits.
    pub id: String,
    /// The state.
    pub state: SessionState,
    /// The service's name of the state, if this version does not know it.
    pub raw_state: Option<String>,
    /// When it last changed.
    pub update_time: Option<Timestamp>,
    /// The value as sent by the service.
    pub json: J,
}

/// The fields of a session that never change.
const FIXED: [&str; 6] = ["name", "id", "prompt", "url", "createTime", "sourceContext"];

impl<J: JsonView> FromRow<J> for Session<J> {
    const LIST: &'static str = "sessions";
    const LENGTH: usize = 4;

    fn row(entry: &J) -> Vec<String> {
        let (name, id) = name_and_id(entry, "sessions/");
        let text = |name| entry.text(name).unwrap_or_default();
        vec![name, id, text("state"), text("updateTime")]
    }

    fn from_row(row: &[&str], entry: J) -> Self {
        let &[name, id, state, update_time] = row else { return Self { json: entry, ..Self::default() } };
        let (state, raw_state) = SessionState::read(state);
        Self {
            name: name.to_owned(),
            id: id.to_owned(),
            state,
            raw_state,
            update_time: Timestamp::parse(update_time),
            json: entry,
        }
    }
}

impl<J: JsonView> Session<J> {
    /// A session of which only the fields that can change were requested; the others are those of `before`. If the service sends
    /// the whole session, all fields are used.
    pub fn read_again(changing: J, before: &Self) -> Self {
        if has_name(&changing) {
            return Self::read(changing);
        }
        Self::read(changing.with(FIXED.iter().map(|name| (*name, before.json.get(name))).collect()))
    }

    /// The same session in this state. `raw_state` is the service's name of it, if this version does not know it.
    pub fn in_state(self, state: SessionState, raw_state: Option<String>) -> Self {
        let word = J::of_string(raw_state.as_deref().unwrap_or(state.wire_name()));
        Self { state, raw_state, json: self.json.with(vec![("state", word)]), ..self }
    }

    /// The same session with this `updateTime`.
    pub fn updated_at(self, update_time: Option<Timestamp>) -> Self {
        let text = update_time.map_or(J::default(), |time| J::of_string(&time.to_string()));
        Self { update_time, json: self.json.with(vec![("updateTime", text)]), ..self }
    }

    /// The task for the agent.
    pub fn prompt(&self) -> String {
        self.json.text("prompt").unwrap_or_default()
    }

    /// The title: the given one, or one derived by the service, which may be as long as the prompt.
    pub fn title(&self) -> String {
        self.json.text("title").unwrap_or_default()
    }

    /// The resource name of the repository; empty for a repoless session.
    pub fn source(&self) -> String {
        self.json.get("sourceContext").text("source").unwrap_or_default()
    }

    /// When it was created.
    pub fn create_time(&self) -> Option<Timestamp> {
        Timestamp::parse(&self.json.text("createTime")?)
    }

    /// Whether its outputs contain a change set. Often they do not, even for completed sessions.
    pub fn has_change_set(&self) -> bool {
        self.json.get("outputs").items().iter().any(|output| output.has_object("changeSet"))
    }

    /// Whether both are equal in all fields sent by the service.
    pub fn is_same(&self, other: &Self) -> bool {
        self.json.is_same(&other.json)
    }
}

/// Whether the resource has a name or an id.
pub fn has_name(json: &impl JsonView) -> bool {
    let (_, id) = name_and_id(json, "");
    !id.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn of_fields_missing_in_a_partial_response_only_constant_ones_are_kept() {
        let before = Session::read(json!({"name": "sessions/7", "prompt": "p", "title": "t", "archived": true}));
        let now = Session::read_again(json!({"state": "QUEUED"}), &before);
        assert_eq!(now.json, json!({"name": "sessions/7", "prompt": "p", "state": "QUEUED"}));
        assert_eq!((now.id.as_str(), now.state), ("7", SessionState::Queued));
        let whole = Session::read_again(json!({"id": "7", "state": "PAUSED"}), &before);
        assert_eq!(whole.json, json!({"id": "7", "state": "PAUSED"}));
    }

    #[test]
    fn a_session_in_another_state_shows_that_state_to_the_caller_too() {
        let session =
            Session::<Value>::read(json!({"id": "7", "state": "QUEUED", "updateTime": "2026-01-01T00:00:00Z"}));
        let other = session.clone().in_state(SessionState::Unspecified, Some("SLEEPING".to_owned()));
        assert_eq!((other.json["state"].as_str(), other.raw_state.as_deref()), (Some("SLEEPING"), Some("SLEEPING")));
        let later = session.updated_at(Timestamp::parse("2026-01-01T00:00:01Z"));
        assert_eq!(later.json["updateTime"], "2026-01-01T00:00:01Z");
        assert!(!later.is_same(&other));
    }
}
