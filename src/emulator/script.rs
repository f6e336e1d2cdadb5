//! The language of scenarios: a list of steps, each an object with one verb, and `after`: how many step times after
//! the step before it (default 1). The name of another scenario stands for the steps of that one.
//!
//! Texts may hold `{task}` (the first line of the prompt, without directives), `{title}`, `{repo}` and `{message}`
//! (the user's last message).

use super::json::Json;
use super::refusal::Refusal;
use serde::Deserialize;
use serde_json::Map;

/// A step and when it is due.
#[derive(Debug, Clone)]
pub(super) struct Timed {
    /// In step times, counted from the step before it.
    pub(super) after: u64,
    pub(super) step: Step,
}

/// What the agent does.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Step {
    /// Sets the session's state.
    State(String),
    /// Makes a plan, and waits for its approval if the session was created so.
    Plan(Vec<PlanStep>),
    /// The plan counts as approved without anybody's doing.
    #[serde(skip)]
    AutoApprove,
    /// Reports progress, with what was made.
    Progress(Progress),
    /// Says something.
    Say(String),
    /// Says something, and waits for the user's answer.
    Ask(String),
    /// Stops until a message comes.
    Pause(Nothing),
    /// Ends well.
    Complete(Ending),
    /// Ends with this reason.
    Fail(String),
    /// An activity as it stands; name, id and time are added.
    Activity(Map<String, Json>),
    /// Fields that from now on lie over the session as it stands.
    Session(Map<String, Json>),
    /// How messages are answered from now on.
    Answers(Answers),
    /// What the plan is revised to, from now on, by a message that comes while it waits for approval.
    Revise(Vec<PlanStep>),
    /// Creating the session is refused.
    Refuse(Refuse),
}

/// How the agent answers messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Answers {
    /// Each by an answer of its own, in their order.
    #[default]
    Each,
    /// All that have none yet by one answer, one step after the last of them.
    Together,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

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
    /// A command that was run. Without a title of its own the progress is described as the service does it.
    pub(super) bash: Option<Bash>,
    /// Whether a screenshot comes with it.
    pub(super) picture: bool,
    /// What has changed since the last time. The change set that comes with the progress holds all changes so far.
    pub(super) files: Vec<FileChange>,
    /// The commit message that goes with the changes.
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

/// A file before and after. Without `before` it is new, without `after` deleted, with `from` renamed (and unchanged
/// if it has no `after`).
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
pub(super) struct Refuse {
    /// The RPC status, such as `RESOURCE_EXHAUSTED`.
    pub(super) status: String,
    /// Whether the session is made all the same, as the service was seen to do.
    #[serde(default)]
    pub(super) created: bool,
}

impl Timed {
    /// Reads a step.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub(super) fn parse(json: &Json) -> Result<Self, String> {
        let mut fields = json.as_object().ok_or("a step is an object")?.clone();
        let after = match fields.remove("after") {
            None => 1,
            Some(after) => after.as_u64().ok_or("`after` is a whole number of step times")?,
        };
        let step = Step::deserialize(Json::Object(fields)).map_err(|error| error.to_string())?;
        match &step {
            Step::Refuse(refuse) if Refusal::of_status(&refuse.status).is_none() => {
                return Err(format!("`refuse` knows no status \"{}\"", refuse.status));
            }
            Step::Progress(progress) => {
                if let Some(file) = progress.files.iter().find(|file| file.before.is_none() && file.after.is_none()) {
                    return Err(format!("\"{}\" has neither `before` nor `after`", file.path));
                }
            }
            _ => {}
        }
        Ok(Self { after, step })
    }
}

/// Plays scripts one after the other: the session plans once, and only the last script's ending ends it. How messages are
/// answered and the plan is revised holds from the beginning, also if a later script says so before its plan.
pub(super) fn join(scripts: Vec<Vec<Timed>>) -> Vec<Timed> {
    let mut joined: Vec<Timed> = Vec::new();
    let count = scripts.len();
    for (index, mut script) in scripts.into_iter().enumerate() {
        let is_plan = |timed: &Timed| matches!(timed.step, Step::Plan(_));
        let is_end = |timed: &Timed| matches!(timed.step, Step::Complete(_) | Step::Fail(_));
        let planned = joined.iter().any(is_plan);
        if let Some(plan) = script.iter().position(is_plan).filter(|_| planned) {
            let rest = script.split_off(plan + 1);
            let manners = script.into_iter().filter(|timed| matches!(timed.step, Step::Answers(_) | Step::Revise(_)));
            joined.splice(..0, manners.map(|timed| Timed { after: 0, ..timed }));
            script = rest;
        }
        let goes_on = index + 1 < count;
        if let Some(end) = script.iter().position(is_end).filter(|_| goes_on) {
            script.truncate(end);
        }
        joined.append(&mut script);
    }
    joined
}
