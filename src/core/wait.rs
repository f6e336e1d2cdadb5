//! The rules of `wait()`: why it ends, and how long an agent may be silent.

use super::session::Session;
use super::state::SessionState;

/// Why a wait has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The session is in one of the states of the option `until`.
    Reached,
    /// It was completed.
    Completed,
    /// It has failed.
    Failed,
    /// Its plan needs an approval.
    NeedsApproval,
    /// The agent needs a reply.
    NeedsReply,
    /// It is paused: it was archived, or paused by itself.
    Paused,
    /// The agent has been silent for too long.
    Stalled,
    /// It is in a state that this client does not know.
    UnknownState,
}

impl Reason {
    /// Its name in the façade.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::NeedsApproval => "needsApproval",
            Self::NeedsReply => "needsReply",
            Self::Paused => "paused",
            Self::Stalled => "stalled",
            Self::UnknownState => "unknownState",
        }
    }
}

/// A request of the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRequest {
    /// The id of its activity.
    pub activity: String,
    /// Whether the user has answered it, and the agent has written nothing new since.
    pub is_answered: bool,
}

/// The result of a wait.
#[derive(Debug, Clone)]
pub struct Waited<J> {
    /// Why it ended.
    pub reason: Reason,
    /// The session, in the state that ended it.
    pub session: Session<J>,
    /// For `needsApproval`: the last plan in the activities. `None` if there is none.
    pub plan: Option<J>,
    /// For `needsReply`: the agent's last message in the activities. `None` if there is none.
    pub question: Option<String>,
    /// For `stalled`: milliseconds since the last activity of the agent.
    pub silent_ms: Option<u64>,
    /// For `needsApproval` and `needsReply`: the request of the agent. `None` if it is not in the activities.
    pub request: Option<AgentRequest>,
}

impl<J> Waited<J> {
    /// A result without additional data.
    pub fn new(reason: Reason, session: Session<J>) -> Self {
        Self { reason, session, plan: None, question: None, silent_ms: None, request: None }
    }
}

/// Milliseconds of silence after which a session is stalled. Third parties measured 562 sessions: the gap between two events is
/// 26 s in the median and 7.6 minutes in the 99th percentile; at 15 minutes one alarm in 2,000 is false.
const LONGEST_SILENCE_MS: u64 = 15 * 60_000;

/// The same in the state `planning`, which takes a minute or two.
const LONGEST_SILENCE_PLANNING_MS: u64 = 5 * 60_000;

/// Why a wait for one of `until` ends with a session in this state; `None` if it continues. `is_known` is false for a state that
/// this version does not know. A missing state (the service omits default values) ends no wait.
pub fn verdict(state: SessionState, is_known: bool, until: &[SessionState]) -> Option<Reason> {
    if !is_known {
        return Some(Reason::UnknownState);
    }
    if until.contains(&state) {
        return Some(Reason::Reached);
    }
    match state {
        SessionState::Completed => Some(Reason::Completed),
        SessionState::Failed => Some(Reason::Failed),
        SessionState::AwaitingPlanApproval => Some(Reason::NeedsApproval),
        SessionState::AwaitingUserFeedback => Some(Reason::NeedsReply),
        SessionState::Paused => Some(Reason::Paused),
        SessionState::Queued | SessionState::Planning | SessionState::InProgress | SessionState::Unspecified => None,
    }
}

/// Milliseconds of silence after which a session in this state is stalled: the given value or the default.
pub fn longest_silence_ms(state: SessionState, given: Option<u64>) -> u64 {
    given.unwrap_or(match state {
        SessionState::Planning => LONGEST_SILENCE_PLANNING_MS,
        _ => LONGEST_SILENCE_MS,
    })
}
