//! The dialogue of agent and user in a session's activities, in the service's order: the requests of the agent and whether they
//! have been answered.

use super::activity::{Activity, ActivityKind};
use super::json_view::JsonView;
use super::time::Timestamp;
use super::wait::{AgentRequest, Reason};

/// How far back a dialogue is read at first, in milliseconds before the session's `updateTime`. Requests are usually recent, and
/// answers come within eight minutes (measured by third parties); a long history costs many requests.
pub const WINDOW_MS: i64 = 15 * 60_000;

/// The last requests of the agent and the answers of the user.
#[derive(Debug, Clone, Default)]
pub struct Dialogue<J> {
    plan: Option<J>,
    plan_id: Option<String>,
    plan_is_approved: bool,
    question: Option<String>,
    /// The activities with the agent's last message, and with its last message or new plan.
    last_message: Option<String>,
    last_request: Option<String>,
    /// Whether the user has written since then.
    message_is_answered: bool,
    request_is_answered: bool,
    /// When the user last wrote or approved.
    answered_at: Option<Timestamp>,
}

impl<J: JsonView> Dialogue<J> {
    /// Whether an activity belongs to the dialogue.
    pub fn is_part(activity: &Activity<J>) -> bool {
        matches!(
            activity.kind,
            ActivityKind::AgentMessaged
                | ActivityKind::UserMessaged
                | ActivityKind::PlanGenerated
                | ActivityKind::PlanApproved
        )
    }

    /// The dialogue of these sorted activities.
    pub fn of(activities: &[Activity<J>]) -> Self {
        let mut dialogue = Self::default();
        activities.iter().for_each(|activity| dialogue.read(activity));
        dialogue
    }

    fn read(&mut self, activity: &Activity<J>) {
        let Activity { kind, id, create_time, .. } = activity;
        match kind {
            ActivityKind::AgentMessaged => {
                self.question = activity.message();
                self.last_message = Some(id.clone());
                self.last_request = Some(id.clone());
                (self.message_is_answered, self.request_is_answered) = (false, false);
            }
            ActivityKind::PlanGenerated => {
                let plan = activity.plan();
                let plan_id = plan.text("id");
                // The same plan again is not a new request.
                if plan_id.is_none() || self.plan.is_none() || self.plan_id != plan_id {
                    self.last_request = Some(id.clone());
                    (self.request_is_answered, self.plan_is_approved) = (false, false);
                }
                (self.plan, self.plan_id) = (Some(plan), plan_id);
            }
            ActivityKind::UserMessaged => {
                (self.message_is_answered, self.request_is_answered) = (true, true);
                self.answered_at = *create_time;
            }
            ActivityKind::PlanApproved => {
                let approved = activity.approved_plan();
                if self.plan.is_some() && (approved.is_none() || self.plan_id.is_none() || approved == self.plan_id) {
                    self.plan_is_approved = true;
                    self.answered_at = *create_time;
                }
            }
            _ => {}
        }
    }

    /// The request for an approval or a reply; `None` if the activities contain none.
    pub fn request(&self, reason: Reason) -> Option<AgentRequest> {
        let (activity, is_answered) = match reason {
            Reason::NeedsApproval => {
                self.plan.as_ref()?;
                (self.last_request.clone()?, self.plan_is_approved || self.request_is_answered)
            }
            _ => (self.last_message.clone()?, self.message_is_answered),
        };
        Some(AgentRequest { activity, is_answered })
    }

    /// The last plan as sent by the service.
    pub fn plan(&self) -> Option<&J> {
        self.plan.as_ref()
    }

    /// The text of the agent's last message.
    pub fn question(&self) -> Option<&str> {
        self.question.as_deref()
    }

    /// When the user last wrote or approved, by the service's clock.
    pub fn answered_at(&self) -> Option<Timestamp> {
        self.answered_at
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::FromRow;
    use super::*;
    use serde_json::Value;

    /// The dialogue of events written as `kind` or `kind:value`, one per second.
    fn after(events: &str) -> Dialogue<Value> {
        let read = |(number, event): (usize, &str)| {
            let (kind, value) = event.split_once(':').unwrap_or((event, ""));
            let event = match kind {
                "says" => format!(r#""agentMessaged":{{"agentMessage":"{value}"}}"#),
                "plan" => format!(r#""planGenerated":{{"plan":{{"id":"{value}"}}}}"#),
                "approved" => format!(r#""planApproved":{{"planId":"{value}"}}"#),
                "user" => r#""userMessaged":{"userMessage":"m"}"#.to_owned(),
                "works" => r#""progressUpdated":{}"#.to_owned(),
                other => panic!("no event: {other}"),
            };
            let json = format!(r#"{{"id":"{number}","createTime":"2026-01-01T00:00:{number:02}Z",{event}}}"#);
            Activity::read(serde_json::from_str(&json).unwrap())
        };
        Dialogue::of(&events.split_whitespace().enumerate().map(read).collect::<Vec<_>>())
    }

    #[test]
    fn a_plan_is_answered_by_an_approval_or_message_until_the_agent_writes_something_new() {
        for (events, expected) in [
            ("", None),
            ("says:hello", None),
            ("plan:a", Some(("0", false))),
            ("plan:a works", Some(("0", false))),
            ("plan:a approved:a", Some(("0", true))),
            ("plan:a approved", Some(("0", true))),
            ("plan:a user", Some(("0", true))),
            ("plan:a user works", Some(("0", true))),
            ("plan:a user plan:a", Some(("0", true))),
            ("plan:a user plan:b", Some(("2", false))),
            ("plan:a user says:but", Some(("2", false))),
            ("plan:a user plan:b user", Some(("2", true))),
            ("plan:a plan:b approved:a", Some(("1", false))),
            ("plan:a approved:a says:started", Some(("2", true))),
            ("plan:a approved:a plan:b", Some(("2", false))),
            ("plan user plan", Some(("2", false))),
        ] {
            let request = after(events).request(Reason::NeedsApproval);
            let shown = request.as_ref().map(|request| (request.activity.as_str(), request.is_answered));
            assert_eq!(shown, expected, "{events}");
        }
    }

    #[test]
    fn a_question_is_answered_by_a_message_of_the_user_until_the_next_question() {
        for (events, expected) in [
            ("plan:a", None),
            ("says:which", Some(("0", false))),
            ("says:which works", Some(("0", false))),
            ("says:which user", Some(("0", true))),
            ("says:which user plan:a works", Some(("0", true))),
            ("says:which user says:and", Some(("2", false))),
            ("plan:a says:which approved:a", Some(("1", false))),
        ] {
            let request = after(events).request(Reason::NeedsReply);
            let shown = request.as_ref().map(|request| (request.activity.as_str(), request.is_answered));
            assert_eq!(shown, expected, "{events}");
        }
    }

    #[test]
    fn the_last_plan_and_the_last_message_are_returned() {
        let dialogue = after("plan:a says:first user plan:b says:second approved:b");
        assert_eq!(dialogue.plan().unwrap()["id"], "b");
        assert_eq!(dialogue.question(), Some("second"));
        assert_eq!(dialogue.answered_at(), Timestamp::parse("2026-01-01T00:00:05Z"));
    }
}
