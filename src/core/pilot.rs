//! The auto-pilot: what it answers, and how often.

use super::activity::{Activity, ActivityKind};
use super::json_view::JsonView;
use super::text;
use super::wait::{Reason, Waited};

/// How many replies a session gets by default.
const MAX_REPLIES: u64 = 5;

/// Why the auto-pilot is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A plan needs an approval.
    Plan,
    /// The agent waits for a reply.
    Question,
    /// The agent is silent.
    Stall,
}

impl Occasion {
    /// Its name in the façade.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Question => "question",
            Self::Stall => "stall",
        }
    }

    /// The occasion of this result of a wait. `None`: the auto-pilot has nothing to answer.
    pub fn of<J: JsonView>(waited: &Waited<J>) -> Option<Self> {
        let request = waited.request.as_ref();
        // An archived session pauses, and is not to be woken up.
        let is_archived = waited.session.json.get("archived").flag() == Some(true);
        match waited.reason {
            Reason::Stalled => (!is_archived).then_some(Self::Stall),
            // It was answered, and the agent has written nothing since.
            Reason::NeedsApproval | Reason::NeedsReply if request.is_some_and(|request| request.is_answered) => {
                Some(Self::Stall)
            }
            // Without its activity it cannot be known whether it was answered.
            Reason::NeedsApproval => request.map(|_| Self::Plan),
            Reason::NeedsReply => request.map(|_| Self::Question),
            _ => None,
        }
    }
}

/// What the auto-pilot does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Approve the plan.
    Approve,
    /// Send this message.
    Reply(String),
    /// Send nothing, and leave it to the user.
    Decline,
}

/// The options of the auto-pilot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PilotOptions {
    /// With this many messages of the user in the session, others' included, it sends no further one. Default 5.
    pub max_replies: u64,
    /// Whether it answers stalls.
    pub answers_stalls: bool,
    /// Milliseconds of silence after which a session is stalled. `None`: those of a wait.
    pub stall_ms: Option<u64>,
}

impl PilotOptions {
    /// Reads the options of the façade.
    pub fn read(given: &impl JsonView) -> Self {
        Self {
            max_replies: given.get("maxReplies").number().unwrap_or(MAX_REPLIES),
            answers_stalls: given.get("answersStalls").flag() == Some(true),
            stall_ms: given.get("stallMs").number(),
        }
    }
}

/// The number of messages of the user, without the task itself: it is not documented whether the service lists it as one.
pub fn replies<J: JsonView>(activities: &[Activity<J>], prompt: &str) -> u64 {
    let is_task = |message: &str| text::has_same_words(prompt, message);
    let is_reply = |activity: &&Activity<J>| {
        activity.kind == ActivityKind::UserMessaged && !activity.message().as_deref().is_some_and(is_task)
    };
    activities.iter().filter(is_reply).count() as u64
}

#[cfg(test)]
mod tests {
    use super::super::row::FromRow;
    use super::super::session::Session;
    use super::super::wait::AgentRequest;
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_request_is_answered_once_and_only_if_its_activity_is_known() {
        let request = |is_answered| Some(AgentRequest { activity: "a".to_owned(), is_answered });
        for (reason, request, occasion) in [
            (Reason::NeedsApproval, request(false), Some(Occasion::Plan)),
            (Reason::NeedsReply, request(false), Some(Occasion::Question)),
            (Reason::NeedsApproval, request(true), Some(Occasion::Stall)),
            (Reason::NeedsReply, request(true), Some(Occasion::Stall)),
            (Reason::NeedsApproval, None, None),
            (Reason::NeedsReply, None, None),
            (Reason::Stalled, None, Some(Occasion::Stall)),
            (Reason::Completed, None, None),
            (Reason::Paused, None, None),
        ] {
            let waited = Waited { request, ..Waited::new(reason, Session::<Value>::default()) };
            assert_eq!(Occasion::of(&waited), occasion, "{waited:?}");
        }
        let archived = Session::read(json!({"id": "7", "state": "PAUSED", "archived": true}));
        assert_eq!(Occasion::of(&Waited::new(Reason::Stalled, archived)), None);
    }

    #[test]
    fn messages_of_the_user_count_without_the_task() {
        let message = |text: &str| Activity::<Value>::read(json!({"id": "a", "userMessaged": {"userMessage": text}}));
        let agent = Activity::read(json!({"id": "b", "agentMessaged": {"agentMessage": "Which one?"}}));
        let activities = [message("Fix  bug A"), agent, message("The first"), message("The second")];
        assert_eq!(replies(&activities, "Fix bug A\n"), 2);
    }
}
