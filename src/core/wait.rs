//! Why a wait ends, and for how long an agent may be silent: the only such rules.

use serde::Serialize;

use super::session::Session;
use super::state::SessionState;

/// Why a wait has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The session is in a state that was waited for.
    Reached,
    /// It has ended well.
    Completed,
    /// It has failed.
    Failed,
    /// Its plan waits for an approval.
    NeedsApproval,
    /// The agent has asked something.
    NeedsReply,
    /// It has stopped for now: it was archived, or stopped by itself.
    Paused,
    /// The agent has been silent for too long.
    Stalled,
    /// It is in a state that this client does not know.
    UnknownState,
}

/// What a wait has come to.
#[derive(Debug, Clone)]
pub struct Waited<J> {
    /// Why it ended.
    pub reason: Reason,
    /// The session, in the state that ended it.
    pub session: Session<J>,
    /// For `needsApproval`: the plan that waits, the last of the activities. `None`: they do not show one.
    pub plan: Option<J>,
    /// For `needsReply`: the agent's last message. `None`: the activities do not show one.
    pub question: Option<String>,
    /// For `stalled`: milliseconds since the agent was last heard of.
    pub silent_ms: Option<u64>,
}

impl<J> Waited<J> {
    /// A wait that has ended by this reason, without more to say.
    pub fn new(reason: Reason, session: Session<J>) -> Self {
        Self { reason, session, plan: None, question: None, silent_ms: None }
    }
}

/// Milliseconds of silence after which a session counts as stuck. Measured by others on 562 sessions: the gap between
/// two events is 26 s in the median and 7.6 minutes in the 99th percentile; at 15 minutes one alarm in 2,000 is false.
const LONGEST_SILENCE_MS: u64 = 15 * 60_000;

/// The same while the plan is made, which takes a minute or two.
const LONGEST_SILENCE_PLANNING_MS: u64 = 5 * 60_000;

/// Why a wait for one of `until` ends with a session in this state; `None` if it goes on. `is_known` is false for a
/// state that this client has no word for. A state that the service did not tell (it drops what has its default) ends
/// nothing.
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

/// Milliseconds of silence after which a session in this state counts as stuck, if the caller did not say.
pub fn longest_silence_ms(state: SessionState, given: Option<u64>) -> u64 {
    given.unwrap_or(match state {
        SessionState::Planning => LONGEST_SILENCE_PLANNING_MS,
        _ => LONGEST_SILENCE_MS,
    })
}
