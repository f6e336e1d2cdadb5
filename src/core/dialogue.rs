//! What a session's activities say of the conversation between agent and user, read in the service's order: what the agent
//! asks for, whether it has been answered, and how many messages of the user still wait for an answer.

use super::json::Text;
use super::model::{Activity, ActivityType, Plan};
use super::time::Timestamp;
use super::wait::Reason;

/// What the agent has asked for last, and what the user has done about it.
#[derive(Debug, Clone, Default)]
pub struct Dialogue {
    plan: Option<Plan>,
    plan_is_approved: bool,
    question: Option<Text>,
    /// The activities by which the agent has last written a message, and a message or another plan.
    last_message: Option<Text>,
    last_request: Option<Text>,
    /// Whether the user has written since these.
    message_is_answered: bool,
    request_is_answered: bool,
    /// When the user has last written or approved.
    answered_at: Option<Timestamp>,
}

/// Something that the agent asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRequest {
    /// The activity with which it came: the last message, or the last plan or message.
    pub activity: Text,
    /// Whether the user has answered it, and nothing new has come of the agent since.
    pub is_answered: bool,
}

impl Dialogue {
    /// Whether an activity belongs to the dialogue.
    pub fn is_part(activity: &Activity) -> bool {
        matches!(
            activity.activity_type,
            ActivityType::AgentMessaged
                | ActivityType::UserMessaged
                | ActivityType::PlanGenerated
                | ActivityType::PlanApproved
        )
    }

    /// The dialogue of these activities, which are in order.
    pub fn of(activities: &[Activity]) -> Self {
        let mut dialogue = Self::default();
        activities.iter().for_each(|activity| dialogue.read(activity));
        dialogue
    }

    fn read(&mut self, activity: &Activity) {
        let Activity { activity_type, id, message, plan, plan_id, create_time, .. } = activity;
        match activity_type {
            ActivityType::AgentMessaged => {
                self.question.clone_from(message);
                self.last_message = Some(id.clone());
                self.last_request = Some(id.clone());
                (self.message_is_answered, self.request_is_answered) = (false, false);
            }
            ActivityType::PlanGenerated => {
                let plan = plan.clone().unwrap_or_default();
                // The same plan once more asks for nothing new.
                if plan.id.is_empty() || self.plan.as_ref().is_none_or(|last| last.id != plan.id) {
                    self.last_request = Some(id.clone());
                    (self.request_is_answered, self.plan_is_approved) = (false, false);
                }
                self.plan = Some(plan);
            }
            ActivityType::UserMessaged => {
                (self.message_is_answered, self.request_is_answered) = (true, true);
                self.answered_at = Timestamp::parse(create_time);
            }
            ActivityType::PlanApproved => {
                let is_of_last = |plan: &Plan| {
                    plan_id.as_ref().is_none_or(|id| id.is_empty() || plan.id.is_empty() || *id == plan.id)
                };
                if self.plan.as_ref().is_some_and(is_of_last) {
                    self.plan_is_approved = true;
                    self.answered_at = Timestamp::parse(create_time);
                }
            }
            _ => {}
        }
    }

    /// What the agent asks for in a session that needs an approval or a reply; `None`: the activities do not show it.
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

    /// The last plan.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// The text of the agent's last message.
    pub fn question(&self) -> Option<&Text> {
        self.question.as_ref()
    }

    /// When the user has last written or approved, by the service's clock.
    pub fn answered_at(&self) -> Option<Timestamp> {
        self.answered_at
    }
}

/// How many messages of the user the agent may still answer.
///
/// Whether it answers each by itself or several by one message is documented nowhere. So a message of the agent counts as
/// the answer to one; and when no other has followed for a while, as the answer to all.
#[derive(Debug, Clone, Copy)]
pub struct Backlog {
    unanswered: usize,
    /// When the agent has last written, if the user has not since.
    spoke_at: Option<Timestamp>,
    /// Milliseconds within which answers follow one another.
    grace_ms: i64,
}

impl Backlog {
    /// Nothing was read yet.
    pub fn new(grace_ms: i64) -> Self {
        Self { unanswered: 0, spoke_at: None, grace_ms }
    }

    /// The user has written a message, at this time by the service's clock.
    pub fn user_wrote(&mut self, at: Option<Timestamp>) {
        self.unanswered = self.unanswered_at(at) + 1;
        self.spoke_at = None;
    }

    /// The agent has written a message, at this time by the service's clock.
    pub fn agent_wrote(&mut self, at: Option<Timestamp>) {
        self.unanswered = self.unanswered_at(at).saturating_sub(1);
        self.spoke_at = at;
    }

    /// How many messages may still be answered by what the agent writes after this time of the service's.
    pub fn unanswered_at(&self, time: Option<Timestamp>) -> usize {
        let has_passed = |spoke_at: Timestamp| time.is_some_and(|time| time > spoke_at.plus_millis(self.grace_ms));
        if self.spoke_at.is_some_and(has_passed) { 0 } else { self.unanswered }
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::{Node, decode};
    use super::super::mapping;
    use super::*;

    /// Reads events written as `kind` or `kind:value`, one a second, and gives what the agent asks for then.
    fn after(events: &str) -> Dialogue {
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
            mapping::activity(Node::of(&decode(json.as_bytes()).unwrap()))
        };
        Dialogue::of(&events.split_whitespace().enumerate().map(read).collect::<Vec<_>>())
    }

    #[test]
    fn a_plan_waits_until_it_is_approved_or_answered_and_then_for_something_new_of_the_agent() {
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
    fn a_question_waits_until_the_user_has_written_and_another_one_is_new() {
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
    fn what_is_shown_is_the_last_plan_and_the_last_message() {
        let dialogue = after("plan:a says:first user plan:b says:second approved:b");
        assert_eq!(dialogue.plan().unwrap().id, "b");
        assert_eq!(dialogue.question().unwrap().as_str(), "second");
        assert_eq!(dialogue.answered_at(), Timestamp::parse("2026-01-01T00:00:05Z"));
    }

    #[test]
    fn answers_come_singly_or_together_and_are_over_when_none_has_followed_for_a_while() {
        let at = |second: i64| Some(Timestamp::new(second, 0));
        // User (u) and agent (a) write at these seconds; a question is asked at the end.
        for (events, asked_at, unanswered) in [
            (vec![], 5, 0),
            (vec![('u', 0)], 1, 1),
            (vec![('u', 0), ('u', 1)], 5_000, 2),
            (vec![('u', 0), ('a', 3)], 4, 0),
            (vec![('u', 0), ('u', 1), ('a', 3)], 4, 1),
            (vec![('u', 0), ('u', 1), ('a', 3)], 13, 1),
            (vec![('u', 0), ('u', 1), ('a', 3)], 14, 0),
            (vec![('u', 0), ('u', 1), ('a', 3), ('a', 5)], 6, 0),
            (vec![('u', 0), ('u', 1), ('a', 3), ('u', 100)], 101, 1),
            (vec![('a', 0), ('a', 1), ('u', 2)], 3, 1),
        ] {
            let mut backlog = Backlog::new(10_000);
            for (who, second) in &events {
                if *who == 'u' { backlog.user_wrote(at(*second)) } else { backlog.agent_wrote(at(*second)) }
            }
            assert_eq!(backlog.unanswered_at(at(asked_at)), unanswered, "{events:?}");
        }
    }
}
