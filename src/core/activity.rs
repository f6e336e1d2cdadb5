//! Activities: the fields that decisions need.

use super::cursor;
use super::json_view::JsonView;
use super::row::{FromRow, name_and_id};
use super::time::Timestamp;

/// The kind of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ActivityKind {
    /// The agent wrote a message.
    AgentMessaged,
    /// The user wrote a message.
    UserMessaged,
    /// The agent wrote a plan.
    PlanGenerated,
    /// A plan was approved, by the user or automatically.
    PlanApproved,
    /// The agent reported progress.
    ProgressUpdated,
    /// The session was completed. It may be revived and end again.
    SessionCompleted,
    /// The session failed.
    SessionFailed,
    /// A kind that this version does not know.
    #[default]
    Unknown,
    /// Unknown, since only the position of the activity was requested.
    Bare,
}

/// The members of an activity's union: all of them are objects, `sessionCompleted` an empty one.
const KINDS: [(&str, ActivityKind); 7] = [
    ("agentMessaged", ActivityKind::AgentMessaged),
    ("userMessaged", ActivityKind::UserMessaged),
    ("planGenerated", ActivityKind::PlanGenerated),
    ("planApproved", ActivityKind::PlanApproved),
    ("progressUpdated", ActivityKind::ProgressUpdated),
    ("sessionCompleted", ActivityKind::SessionCompleted),
    ("sessionFailed", ActivityKind::SessionFailed),
];

/// The fields of the position of an activity.
const PLACE: [&str; 3] = ["id", "name", "createTime"];

/// The name of [`ActivityKind::Bare`] in a row.
const BARE: &str = "bare";

/// An activity: the fields that decisions need, and the value as sent by the service. Activities never change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Activity<J> {
    /// The kind.
    pub kind: ActivityKind,
    /// The last part of its resource name.
    pub id: String,
    /// When it was created.
    pub create_time: Option<Timestamp>,
    /// `user`, `agent` or `system`, in lower case.
    pub originator: String,
    /// Whether its artifacts were left out because the response with them is too large.
    pub omits_artifacts: bool,
    /// The cursor after it, from the reader that has read it.
    pub cursor: Option<String>,
    /// The value as sent by the service.
    pub json: J,
}

impl<J: JsonView> FromRow<J> for Activity<J> {
    const LIST: &'static str = "activities";
    const LENGTH: usize = 4;

    fn row(entry: &J) -> Vec<String> {
        let (_, id) = name_and_id(entry, "");
        let text = |name| entry.text(name).unwrap_or_default();
        let kind = KINDS.iter().find(|(name, _)| entry.has_object(name)).map(|(name, _)| *name);
        let is_bare = || entry.is_object() && entry.names().iter().all(|name| PLACE.contains(&name.as_str()));
        let kind = kind.unwrap_or_else(|| if is_bare() { BARE } else { "" });
        vec![id, text("createTime"), text("originator"), kind.to_owned()]
    }

    fn from_row(row: &[&str], entry: J) -> Self {
        let &[id, create_time, originator, kind] = row else { return Self { json: entry, ..Self::default() } };
        let known = KINDS.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind);
        Self {
            kind: known.unwrap_or(if kind == BARE { ActivityKind::Bare } else { ActivityKind::Unknown }),
            id: id.to_owned(),
            create_time: Timestamp::parse(create_time),
            originator: if originator.is_empty() { "system".to_owned() } else { originator.to_ascii_lowercase() },
            omits_artifacts: false,
            cursor: None,
            json: entry,
        }
    }
}

impl<J: JsonView> Activity<J> {
    /// The cursor after this activity: that of its reader, or that of a reader that has seen all older activities and, with the
    /// same time, only this one.
    pub fn cursor(&self) -> String {
        self.cursor.clone().unwrap_or_else(|| cursor::alone(self.create_time, &self.id))
    }

    /// The text of a message.
    pub fn message(&self) -> Option<String> {
        let (member, text) = match self.kind {
            ActivityKind::AgentMessaged => ("agentMessaged", "agentMessage"),
            ActivityKind::UserMessaged => ("userMessaged", "userMessage"),
            _ => return None,
        };
        Some(self.json.get(member).text(text).unwrap_or_default())
    }

    /// The plan of [`ActivityKind::PlanGenerated`].
    pub fn plan(&self) -> J {
        self.json.get("planGenerated").get("plan")
    }

    /// The id of the approved plan, if present.
    pub fn approved_plan(&self) -> Option<String> {
        self.json.get("planApproved").text("planId")
    }

    /// Why the session failed, if present.
    pub fn failure_reason(&self) -> Option<String> {
        self.json.get("sessionFailed").text("reason")
    }

    /// Its last change set. Each change set of a session includes the earlier ones.
    pub fn change_set(&self) -> Option<J> {
        let artifacts = self.json.get("artifacts").items();
        artifacts.iter().rev().map(|artifact| artifact.get("changeSet")).find(J::is_object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_activity_with_only_its_position_is_bare_and_one_with_unknown_fields_is_unknown() {
        for (json, kind) in [
            (json!({"id": "a", "createTime": "2026-01-01T00:00:00Z"}), ActivityKind::Bare),
            (json!({"name": "sessions/1/activities/a", "originator": "agent"}), ActivityKind::Unknown),
            (json!({"id": "a", "somethingNew": {}}), ActivityKind::Unknown),
            (json!({"id": "a", "sessionCompleted": {}}), ActivityKind::SessionCompleted),
            (json!(null), ActivityKind::Unknown),
            (json!("text"), ActivityKind::Unknown),
        ] {
            assert_eq!(Activity::read(json.clone()).kind, kind, "{json}");
        }
    }

    #[test]
    fn the_last_change_set_counts() {
        let patch = |source: &str| json!({"changeSet": {"source": source}});
        let activity = Activity::read(json!({"artifacts": [patch("a"), patch("b"), {"media": {}}, null]}));
        assert_eq!(activity.change_set(), Some(json!({"source": "b"})));
        assert_eq!(Activity::read(json!({"artifacts": [{"changeSet": 7}]})).change_set(), None);
    }
}
