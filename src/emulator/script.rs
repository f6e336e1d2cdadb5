//! The format of scripts. A script is a list of steps. A step is an object with one action and optionally `after`, its delay
//! after the previous step in step times (default 1); or the name of a scenario whose steps are inserted.
//!
//! Texts may contain `{task}` (the first line of the prompt, without directives), `{title}`, `{repo}` and `{message}` (the
//! user's last message).

use super::api_error::ApiError;
use super::json::Json;
use serde::Deserialize;
use serde_json::Map;

/// A step and its delay.
#[derive(Debug, Clone)]
pub(super) struct TimedStep {
    /// The delay after the previous step, in step times.
    pub(super) after: u64,
    pub(super) step: Step,
}

/// One action of the agent.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Step {
    /// Sets the session's state.
    State(String),
    /// Generates a plan, and waits for its approval if the session requires approval.
    Plan(Vec<PlanStep>),
    /// Approves the plan automatically. Not available to scripts.
    #[serde(skip)]
    AutoApprove,
    /// Reports progress, with artifacts.
    Progress(Progress),
    /// Sends a message to the user.
    Say(String),
    /// Sends a message and waits for the user's message.
    Ask(String),
    /// Pauses until the user sends a message.
    Pause(EmptyObject),
    /// Completes the session.
    Complete(Ending),
    /// Fails the session with this reason.
    Fail(String),
    /// Adds an activity with these fields; name, id and time are added to them.
    Activity(Map<String, Json>),
    /// Overrides fields of the session.
    Session(Map<String, Json>),
    /// Sets how the following messages are answered.
    Answers(AnswerMode),
    /// Sets the plan that replaces one waiting for approval when the user sends a message.
    Revise(Vec<PlanStep>),
    /// Rejects the create of the session.
    Refuse(Rejection),
}

/// How the agent answers the user's messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum AnswerMode {
    /// One answer for each message, in the order of the messages.
    #[default]
    Each,
    /// One answer for all unanswered messages, one step time after the last of them.
    Together,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EmptyObject {}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanStep {
    pub(super) title: String,
    #[serde(default)]
    pub(super) description: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(super) struct Progress {
    pub(super) title: String,
    pub(super) description: String,
    /// A command that the agent ran. Without `title` the progress gets the service's own title for commands.
    pub(super) bash: Option<Bash>,
    /// Whether it has a screenshot.
    pub(super) screenshot: bool,
    /// The files that changed since the last step. The change set of the activity contains all changes so far.
    pub(super) files: Vec<FileChange>,
    /// The suggested commit message.
    pub(super) commit: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bash {
    pub(super) command: String,
    #[serde(default)]
    pub(super) output: String,
    #[serde(default, rename = "exitCode")]
    pub(super) exit_code: i32,
}

/// The content of a file before and after. Without `before` it is new, without `after` deleted, with `from` renamed (and
/// unchanged if it has no `after`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileChange {
    pub(super) path: String,
    #[serde(default)]
    pub(super) from: Option<String>,
    #[serde(default)]
    pub(super) before: Option<String>,
    #[serde(default)]
    pub(super) after: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Ending {
    /// Whether the changes become outputs of the session.
    pub(super) outputs: bool,
}

impl Default for Ending {
    fn default() -> Self {
        Self { outputs: true }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rejection {
    /// The RPC status, such as `RESOURCE_EXHAUSTED`.
    pub(super) status: String,
    /// Whether the session is created nevertheless, as was observed of the service.
    #[serde(default)]
    pub(super) created: bool,
}

impl TimedStep {
    /// Parses a step.
    ///
    /// # Errors
    /// A sentence that names the mistake.
    pub(super) fn parse(json: &Json) -> Result<Self, String> {
        let mut fields = json.as_object().ok_or("a step must be an object")?.clone();
        let after = match fields.remove("after") {
            None => 1,
            Some(after) => after.as_u64().ok_or("`after` must be a whole number of step times")?,
        };
        let step = Step::deserialize(Json::Object(fields)).map_err(|error| error.to_string())?;
        match &step {
            Step::Refuse(rejection) if ApiError::of_rpc_status(&rejection.status).is_none() => {
                return Err(format!("`refuse` does not support the status \"{}\"", rejection.status));
            }
            Step::Progress(progress) => {
                if let Some(file) = progress.files.iter().find(|file| file.before.is_none() && file.after.is_none()) {
                    return Err(format!("the file \"{}\" must have `before` or `after`", file.path));
                }
            }
            _ => {}
        }
        Ok(Self { after, step })
    }
}

/// Joins scripts into one: the session plans once, and only the ending of the last script ends it. Steps before a later
/// script's plan that set how messages are answered or how the plan is revised move to the beginning.
pub(super) fn join(scripts: Vec<Vec<TimedStep>>) -> Vec<TimedStep> {
    let mut joined: Vec<TimedStep> = Vec::new();
    let count = scripts.len();
    for (index, mut script) in scripts.into_iter().enumerate() {
        let is_plan = |timed: &TimedStep| matches!(timed.step, Step::Plan(_));
        let is_end = |timed: &TimedStep| matches!(timed.step, Step::Complete(_) | Step::Fail(_));
        let planned = joined.iter().any(is_plan);
        if let Some(plan) = script.iter().position(is_plan).filter(|_| planned) {
            let rest = script.split_off(plan + 1);
            let settings = script.into_iter().filter(|timed| matches!(timed.step, Step::Answers(_) | Step::Revise(_)));
            joined.splice(..0, settings.map(|timed| TimedStep { after: 0, ..timed }));
            script = rest;
        }
        let is_last = index + 1 == count;
        if let Some(end) = script.iter().position(is_end).filter(|_| !is_last) {
            script.truncate(end);
        }
        joined.append(&mut script);
    }
    joined
}
